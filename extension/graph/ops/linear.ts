import { broadcastShapes, type Dim, lastDim, leadingDims, sameShape } from '../dims.ts';
import { applier, demand, f32, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';

/** Products of matrices. */
export const linearOps = {
  /** x[…,in], weight[out,in], bias?[out] → x·weightᵀ + bias, [...,out]. */
  linear: op({
    inputs: { x: 'f32', weight: 'f32', bias: 'f32?' },
    infer: ({ x, weight, bias }) => {
      const [out, inner] = weight.shape;
      demand(weight.shape.length === 2 && lastDim(x.shape) === inner, 'x[…,in] needs weight[out,in]');
      demand(!bias || sameShape(bias.shape, [out!]), 'bias must be [out]');
      return { y: f32([...leadingDims(x.shape), out!]) };
    },
    // A frozen weight asks for dy and the weight only: x need not be kept.
    gradient: ({ x, weight, bias }, { dy, needs }) => ({
      x: needs('x') ? linearInputGrad(dy, weight) : undefined,
      weight: needs('weight') ? linearWeightGrad(dy, x) : undefined,
      bias: bias && dy,
    }),
  }),
  /** dy[…,out], weight[out,in] → dy·weight, [...,in]. */
  linearInputGrad: op({
    inputs: { dy: 'f32', weight: 'f32' },
    infer: ({ dy, weight }) => {
      const [out, inner] = weight.shape;
      demand(weight.shape.length === 2 && lastDim(dy.shape) === out, 'dy[…,out] needs weight[out,in]');
      return { y: f32([...leadingDims(dy.shape), inner!]) };
    },
    gradient: partOfGradient,
  }),
  /** dy[…,out], x[…,in] → dyᵀ·x summed over the leading dimensions, [out,in]. */
  linearWeightGrad: op({
    inputs: { dy: 'f32', x: 'f32' },
    infer: ({ dy, x }) => {
      demand(sameShape(leadingDims(dy.shape), leadingDims(x.shape)), 'dy and x must have equal leading dimensions');
      return { y: f32([lastDim(dy.shape), lastDim(x.shape)]) };
    },
    gradient: partOfGradient,
  }),
  /** Batched product of the last two axes, each operand optionally transposed first; leading axes broadcast. */
  matmul: opWith<{ readonly transposeA: boolean; readonly transposeB: boolean }>()({
    inputs: { a: 'f32', b: 'f32' },
    infer: ({ a, b }, { transposeA, transposeB }) => {
      const [rows, inner] = matrix(a, transposeA);
      const [innerB, columns] = matrix(b, transposeB);
      demand(inner === innerB, 'inner dimensions must be equal');
      return { y: f32([...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns]) };
    },
    // C = A'·B' with A' = A or Aᵀ: dA' = dC·B'ᵀ, dB' = A'ᵀ·dC, transposed back where the operand was.
    gradient: ({ a, b }, { dy, needs, attributes: { transposeA, transposeB } }) => {
      const da = () => (transposeA ? matmul(b, dy, transposeB, true) : matmul(dy, b, false, !transposeB));
      const db = () => (transposeB ? matmul(dy, a, true, transposeA) : matmul(a, dy, !transposeA, false));
      return { a: needs('a') ? da() : undefined, b: needs('b') ? db() : undefined };
    },
  }),
};

function matrix({ shape }: Value, transposed: boolean): readonly [Dim, Dim] {
  demand(shape.length >= 2, 'operands must have two axes');
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

const apply = applier(linearOps);

export const linear = (x: Value, weight: Value, bias?: Value): Value => apply('linear', { x, weight, bias }).y;
const linearInputGrad = (dy: Value, weight: Value): Value => apply('linearInputGrad', { dy, weight }).y;
const linearWeightGrad = (dy: Value, x: Value): Value => apply('linearWeightGrad', { dy, x }).y;
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  apply('matmul', { a, b }, { transposeA, transposeB }).y;
