import type { LoweringTable } from './lowering.ts';

/** Inputs, parameters and constants. */
export const sourcesLowerings = {
  input: ({ node, builder }) => {
    const { name, dtype, shape } = node.attributes;
    return builder.input(name, dtype, shape);
  },
  parameter: ({ node, parameter }) => parameter(node),
  constant: ({ node, builder }) => builder.float(node.attributes.value),
} satisfies Partial<LoweringTable>;
