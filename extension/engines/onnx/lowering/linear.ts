import type { OpName } from '../../../graph/ops.ts';
import type { OnnxBuilder } from './builder.ts';
import { type Int8WeightNames, int8Product } from './int8Product.ts';
import type { LoweringContext, LoweringTable } from './lowering.ts';
import { flat } from './nodeSequences.ts';

type ProductContext = Pick<LoweringContext<OpName>, 'builder' | 'int8Rows' | 'int8Weight'>;

/** x·wᵀ, or dy·w on the way back, by a weight [out,in] that is in bytes but for its outliers: f32[…,out] */
function int8Linear({ builder, int8Rows }: ProductContext, x: string, int8: Int8WeightNames): string {
  const { outliers } = int8;
  const product = int8Product(builder, int8Rows(x, outliers?.channels), int8);
  if (!outliers) return product;
  const { channels, columns } = outliers;
  const exact = builder.node('Gather', [x, builder.integers(channels.numbers)], { axis: -1 }); // […,k]
  return builder.node('Add', [product, exactProduct(builder, exact, columns)]);
}

/** x·wᵀ by a weight [out,in], in f32. */
const exactProduct = (builder: OnnxBuilder, x: string, weight: string): string =>
  builder.microsoftNode('FusedMatMul', [x, weight], { transB: 1 });

/**
 * Some rows of x·wᵀ with a node's weight [out,in], in bytes where it is to be.
 * @param of takes the rows of a value that are wanted, which may be none: bytes are made of all of x, for the engine finds
 * no largest number where there is none
 */
export function rowsProduct(context: ProductContext, x: string, weight: string, of: (x: string) => string): string {
  const { builder, int8Weight, int8Rows } = context;
  const int8 = int8Weight();
  if (!int8) return exactProduct(builder, of(x), weight);
  const { bytes, scales } = int8Rows(x, undefined);
  return int8Product(builder, { bytes: of(bytes), scales: of(scales) }, int8);
}

/** Products of matrices. */
export const linearLowerings = {
  linear: (context) => {
    const { builder, inputs } = context;
    const { x, weight, bias } = inputs;
    const int8 = context.int8Weight();
    const product = int8 ? int8Linear(context, x, int8) : exactProduct(builder, x, weight);
    return bias === undefined ? product : builder.node('Add', [product, bias]);
  },
  linearInputGrad: (context) => {
    const { builder, inputs } = context;
    const { dy, weight } = inputs;
    const int8 = context.int8Weight();
    return int8 ? int8Linear(context, dy, int8) : builder.node('MatMul', [dy, weight]);
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
