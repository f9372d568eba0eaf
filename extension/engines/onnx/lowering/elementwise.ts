import type { OnnxBuilder } from './builder.ts';
import type { LoweringTable } from './lowering.ts';
import { dropout } from './nodeSequences.ts';

/** Ops that compute each number of the result on its own. */
export const elementwiseLowerings = {
  add: ({ builder, inputs: { a, b } }) => builder.node('Add', [a, b]),
  subtract: ({ builder, inputs: { a, b } }) => builder.node('Sub', [a, b]),
  multiply: ({ builder, inputs: { a, b } }) => builder.node('Mul', [a, b]),
  divide: ({ builder, inputs: { a, b } }) => builder.node('Div', [a, b]),
  affine: ({ node, builder, inputs: { x } }) => {
    const { factor, offset } = node.attributes;
    const scaled = factor === 1 ? x : builder.node('Mul', [x, builder.float(factor)]);
    return offset === 0 ? scaled : builder.node('Add', [scaled, builder.float(offset)]);
  },
  tanh: ({ builder, inputs: { x } }) => builder.node('Tanh', [x]),
  relu: ({ builder, inputs: { x } }) => builder.node('Relu', [x]),
  reluGrad: ({ builder, inputs: { dy, y } }) => {
    const zero = builder.float(0);
    return builder.node('Where', [builder.node('Greater', [y, zero]), dy, zero]);
  },
  sigmoid: ({ builder, inputs: { x } }) => builder.node('Sigmoid', [x]),
  silu: ({ builder, inputs: { x } }) => builder.microsoftNode('QuickGelu', [x], { alpha: { float: 1 } }),
  gelu: ({ node, builder, inputs: { x } }) =>
    builder.node('Gelu', [x], { approximate: node.attributes.form === 'exact' ? 'none' : 'tanh' }),
  geluGrad: ({ node, builder, inputs: { dy, x } }) => {
    const derivative = node.attributes.form === 'exact' ? exactGeluDerivative : tanhGeluDerivative;
    return builder.node('Mul', [dy, derivative(builder, x)]);
  },
  toFloat: ({ builder, inputs: { x } }) => builder.node('Cast', [x], { to: 1 }),
  dropout: (context) =>
    dropout(context, context.inputs.x, context.node.inputs.x, context.inputs.offsets, context.node.attributes),
} satisfies Partial<LoweringTable>;

/** Φ(x) + x·φ(x) */
function exactGeluDerivative(builder: OnnxBuilder, x: string): string {
  const erf = builder.node('Erf', [builder.node('Mul', [x, builder.float(Math.SQRT1_2)])]);
  const cumulative = builder.node('Add', [builder.node('Mul', [erf, builder.float(0.5)]), builder.float(0.5)]);
  const exponent = builder.node('Mul', [builder.node('Mul', [x, x]), builder.float(-0.5)]);
  const density = builder.node('Mul', [builder.node('Exp', [exponent]), builder.float(1 / Math.sqrt(2 * Math.PI))]);
  return builder.node('Add', [cumulative, builder.node('Mul', [x, density])]);
}

/** t = tanh(u), u = √(2/π)·(x + 0.044715·x³): ½(1 + t) + ½·x·(1 − t²)·u′ */
function tanhGeluDerivative(builder: OnnxBuilder, x: string): string {
  const slope = Math.sqrt(2 / Math.PI);
  const scaled = (value: string, factor: number, offset: number) =>
    builder.node('Add', [builder.node('Mul', [value, builder.float(factor)]), builder.float(offset)]);
  const square = builder.node('Mul', [x, x]);
  const t = builder.node('Tanh', [builder.node('Mul', [x, scaled(square, slope * 0.044715, slope)])]);
  const inner = builder.node('Mul', [
    scaled(builder.node('Mul', [t, t]), -0.5, 0.5),
    scaled(square, 3 * slope * 0.044715, slope),
  ]);
  return builder.node('Add', [scaled(t, 0.5, 0.5), builder.node('Mul', [x, inner])]);
}
