import { int8Product } from './int8Product.ts';
import type { LoweringTable } from './lowering.ts';
import { flat } from './nodeSequences.ts';

/** Products of matrices. */
export const linearLowerings = {
  linear: ({ builder, inputs: { x, weight, bias }, int8Weight, int8Rows }) => {
    const int8 = int8Weight();
    const product = int8
      ? int8Product(builder, int8Rows(x), int8)
      : builder.microsoftNode('FusedMatMul', [x, weight], { transB: 1 });
    return bias === undefined ? product : builder.node('Add', [product, bias]);
  },
  linearInputGrad: ({ builder, inputs: { dy, weight }, int8Weight, int8Rows }) => {
    const int8 = int8Weight();
    return int8 ? int8Product(builder, int8Rows(dy), int8) : builder.node('MatMul', [dy, weight]);
  },
  linearWeightGrad: ({ node, builder, inputs }) => {
    const [dy, x] = [flat(builder, inputs.dy, node.inputs.dy), flat(builder, inputs.x, node.inputs.x)];
    return builder.node('Gemm', [dy, x], { transA: 1 }); // [out,in]
  },
  matmul: ({ node, builder, inputs: { a, b } }) => {
    const { transposeA, transposeB } = node.attributes;
    return builder.microsoftNode('FusedMatMul', [a, b], { transA: Number(transposeA), transB: Number(transposeB) });
  },
} satisfies Partial<LoweringTable>;
