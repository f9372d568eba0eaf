import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../engines/onnx/generated/onnx_pb.ts';
import type { BatchLayout } from '../models/model/model.ts';

/** ONNX nodes that compute `position_ids` i64[B,S] from `input_ids`. */
export interface PositionNodes {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
}

/**
 * Position ids as the architecture counts them. BERT: shift, shift + 1, … in every row. RoBERTa: real tokens count up
 * behind the padding row, padding keeps that row: (cumsum(real) + shift)·real + padding.
 * @param shift how far a prefix moves the real tokens
 */
export function positionNodes({ firstPosition, padPosition }: BatchLayout, shift: number): PositionNodes {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  const integers = (values: number | readonly number[]): string => {
    const list = typeof values === 'number' ? [values] : values;
    const name = `positions i64 ${JSON.stringify(values)}`;
    const rawData = new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
    const dims = typeof values === 'number' ? [] : [BigInt(list.length)];
    initializers.set(name, create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims, rawData }));
    return name;
  };
  const node = (opType: string, input: readonly string[], to?: TensorProto_DataType): string => {
    const name = `positions ${nodes.length}`;
    const { INT } = AttributeProto_AttributeType;
    const attribute = to === undefined ? [] : [create(AttributeProtoSchema, { name: 'to', type: INT, i: BigInt(to) })];
    nodes.push(create(NodeProtoSchema, { opType, input: [...input], output: [name], attribute }));
    return name;
  };
  const plus = (x: string, offset: number) => (offset === 0 ? x : node('Add', [x, integers(offset)]));

  let positions: string;
  if (firstPosition === 0) {
    const shape = node('Shape', ['input_ids']);
    const length = node('Gather', [shape, integers(1)]);
    const row = node('Range', [integers(0), length, integers(1)]);
    positions = node('Expand', [plus(row, shift), shape]);
  } else {
    const isPadding = node('Equal', ['input_ids', integers(padPosition)]);
    const real = node('Cast', [node('Not', [isPadding])], TensorProto_DataType.INT64);
    const count = plus(node('CumSum', [real, integers(1)]), shift);
    positions = plus(node('Mul', [count, real]), padPosition);
  }
  nodes.push(create(NodeProtoSchema, { opType: 'Identity', input: [positions], output: ['position_ids'] }));
  return { nodes, initializers: [...initializers.values()] };
}
