import { broadcastShapes } from '../dims.ts';
import { applier, f32, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';
import { constant } from './sources.ts';

const shapedAsX = ({ x }: { readonly x: Value }) => ({ y: f32(x.shape) });
const shapedAsDy = ({ dy }: { readonly dy: Value }) => ({ y: f32(dy.shape) });
const broadcast = ({ a, b }: { readonly a: Value; readonly b: Value }) => ({
  y: f32(broadcastShapes(a.shape, b.shape)),
});

/** Gelu's two forms. `exact`: x·Φ(x) by erf. `tanh`: the tanh approximation (gelu_new, gelu_pytorch_tanh). */
type GeluForm = 'exact' | 'tanh';

/** Ops that compute each number of the result on its own; two inputs broadcast as in NumPy. */
export const elementwiseOps = {
  add: op({
    inputs: { a: 'f32', b: 'f32' },
    infer: broadcast,
    gradient: (_, { dy }) => ({ a: dy, b: dy }),
  }),
  subtract: op({
    inputs: { a: 'f32', b: 'f32' },
    infer: broadcast,
    gradient: (_, { dy, needs }) => ({ a: dy, b: needs('b') ? affine(dy, -1) : undefined }),
  }),
  multiply: op({
    inputs: { a: 'f32', b: 'f32' },
    infer: broadcast,
    gradient: ({ a, b }, { dy, needs }) => ({
      a: needs('a') ? multiply(dy, b) : undefined,
      b: needs('b') ? multiply(dy, a) : undefined,
    }),
  }),
  divide: op({
    inputs: { a: 'f32', b: 'f32' },
    infer: broadcast,
    // d(a/b)/db = −(a/b)/b
    gradient: ({ b }, { dy, needs, outputs: { y } }) => ({
      a: needs('a') ? divide(dy, b) : undefined,
      b: needs('b') ? affine(divide(multiply(dy, y), b), -1) : undefined,
    }),
  }),
  /** factor · x + offset, both fixed numbers. */
  affine: opWith<{ readonly factor: number; readonly offset: number }>()({
    inputs: { x: 'f32' },
    infer: shapedAsX,
    gradient: (_, { dy, attributes }) => ({ x: affine(dy, attributes.factor) }),
  }),
  tanh: op({
    inputs: { x: 'f32' },
    infer: shapedAsX,
    // 1 − y²
    gradient: (_, { dy, outputs: { y } }) => ({ x: multiply(dy, affine(multiply(y, y), -1, 1)) }),
  }),
  relu: op({
    inputs: { x: 'f32' },
    infer: shapedAsX,
    gradient: (_, { dy, outputs: { y } }) => ({ x: reluGrad(dy, y) }),
  }),
  /** dy where y > 0, else 0. */
  reluGrad: op({ inputs: { dy: 'f32', y: 'f32' }, infer: shapedAsDy, gradient: partOfGradient }),
  sigmoid: op({
    inputs: { x: 'f32' },
    infer: shapedAsX,
    // y·(1 − y)
    gradient: (_, { dy, outputs: { y } }) => ({ x: multiply(dy, multiply(y, affine(y, -1, 1))) }),
  }),
  /** x·σ(x), also called swish. */
  silu: op({
    inputs: { x: 'f32' },
    infer: shapedAsX,
    // σ + y·(1 − σ)
    gradient: ({ x }, { dy, outputs: { y } }) => {
      const gate = sigmoid(x);
      return { x: multiply(dy, add(gate, multiply(y, subtract(constant(1), gate)))) };
    },
  }),
  gelu: opWith<{ readonly form: GeluForm }>()({
    inputs: { x: 'f32' },
    infer: shapedAsX,
    gradient: ({ x }, { dy, attributes }) => ({ x: geluGrad(dy, x, attributes.form) }),
  }),
  /** dy·gelu′(x) */
  geluGrad: opWith<{ readonly form: GeluForm }>()({
    inputs: { dy: 'f32', x: 'f32' },
    infer: shapedAsDy,
    gradient: partOfGradient,
  }),
  /** i64 or bool → f32. */
  toFloat: op({
    inputs: { x: 'any' },
    infer: shapedAsX,
    gradient: { none: 'integers and truth values do not vary continuously' },
  }),
};

const apply = applier(elementwiseOps);

export const add = (a: Value, b: Value): Value => apply('add', { a, b }).y;
export const subtract = (a: Value, b: Value): Value => apply('subtract', { a, b }).y;
export const multiply = (a: Value, b: Value): Value => apply('multiply', { a, b }).y;
export const divide = (a: Value, b: Value): Value => apply('divide', { a, b }).y;
export const affine = (x: Value, factor: number, offset = 0): Value => apply('affine', { x }, { factor, offset }).y;
export const tanh = (x: Value): Value => apply('tanh', { x }).y;
export const relu = (x: Value): Value => apply('relu', { x }).y;
const reluGrad = (dy: Value, y: Value): Value => apply('reluGrad', { dy, y }).y;
export const sigmoid = (x: Value): Value => apply('sigmoid', { x }).y;
export const silu = (x: Value): Value => apply('silu', { x }).y;
export const gelu = (x: Value, form: GeluForm = 'exact'): Value => apply('gelu', { x }, { form }).y;
const geluGrad = (dy: Value, x: Value, form: GeluForm): Value => apply('geluGrad', { dy, x }, { form }).y;
export const toFloat = (x: Value): Value => apply('toFloat', { x }).y;
