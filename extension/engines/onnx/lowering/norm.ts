import type { LoweringTable } from './lowering.ts';

/** Ops that bring each row of the last axis to one scale. */
export const normLowerings = {
  softmax: ({ builder, inputs: { x } }) => builder.node('Softmax', [x], { axis: -1 }),
  // Where a gradient follows, x̂ itself is made, so that x need not be kept for it.
  layerNorm: ({ node, builder, inputs: { x, gain, bias }, used }) => {
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon } };
    if (!used('normalized') && !used('inverseDeviation')) {
      return builder.node('LayerNormalization', bias === undefined ? [x, gain] : [x, gain, bias], attributes);
    }
    const ones = builder.float(1, node.inputs.gain.shape[0] as number);
    const [normalized, , inverseDeviation] = builder.nodeWithResults('LayerNormalization', [x, ones], 3, attributes);
    const scaled = builder.node('Mul', [normalized, gain]);
    const y = bias === undefined ? scaled : builder.node('Add', [scaled, bias]);
    return { y, normalized, inverseDeviation };
  },
  rmsNorm: ({ node, builder, inputs: { x, gain } }) => {
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon }, stash_type: 1 };
    const [y, inverse] = builder.nodeWithResults('SimplifiedLayerNormalization', [x, gain], 2, attributes);
    return { y, inverse };
  },
  layerNormGrad: ({ builder, inputs: { dNormalized, normalized, inverseDeviation } }) => {
    const mean = (x: string) => builder.node('ReduceMean', [x, builder.integers([-1])], { keepdims: 1 });
    const projection = mean(builder.node('Mul', [dNormalized, normalized]));
    const centred = builder.node('Sub', [dNormalized, mean(dNormalized)]);
    const rest = builder.node('Sub', [centred, builder.node('Mul', [normalized, projection])]);
    return builder.node('Mul', [rest, inverseDeviation]);
  },
} satisfies Partial<LoweringTable>;
