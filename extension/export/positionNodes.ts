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

/** ONNX nodes that compute an input of the model from others, and their constants. */
interface InputNodes {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
}

/**
 * Position ids i64[B,S] as the architecture counts them. BERT: shift, shift + 1, … in every row. RoBERTa: real tokens
 * count up behind the padding row, padding keeps that row: (cumsum(real) + shift)·real + padding.
 * @param shift how far a prefix moves the real tokens
 */
export function positionNodes({ firstPosition, padPosition }: BatchLayout, shift: number): InputNodes {
  const { node, integers, end } = nodeWriter('position_ids');
  const plus = (x: string, offset: number) => (offset === 0 ? x : node('Add', [x, integers(offset)]));
  if (firstPosition === 0) {
    const shape = node('Shape', ['input_ids']);
    const length = node('Gather', [shape, integers(1)]);
    const row = node('Range', [integers(0), length, integers(1)]);
    return end(node('Expand', [plus(row, shift), shape]));
  }
  const isPadding = node('Equal', ['input_ids', integers(padPosition)]);
  const real = node('Cast', [node('Not', [isPadding])], { to: TensorProto_DataType.INT64 });
  const count = plus(node('CumSum', [real, integers(1)]), shift);
  return end(plus(node('Mul', [count, real]), padPosition));
}

/** The place of each row's last real token among all of the batch's, i64[B], wherever the padding stands. */
export function lastRowNodes(): InputNodes {
  const { node, integers, end } = nodeWriter('last_rows');
  const shape = node('Shape', ['attention_mask']);
  const rows = node('Range', [integers(0), node('Gather', [shape, integers(0)]), integers(1)]);
  const starts = node('Mul', [rows, node('Gather', [shape, integers(1)])]);
  const mask = node('Cast', ['attention_mask'], { to: TensorProto_DataType.INT32 });
  return end(node('Add', [starts, node('ArgMax', [mask], { axis: 1, keepdims: 0, select_last_index: 1 })]));
}

/** An input of whole numbers with a constant added, under another name. */
export function shiftNodes(from: string, to: string, shift: number): InputNodes {
  const { node, integers, end } = nodeWriter(to);
  return end(node('Add', [from, integers(shift)]));
}

/** Collects the nodes that compute one input, under names of their own. */
function nodeWriter(input: string) {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  const integers = (value: number): string => {
    const name = `${input} i64 ${value}`;
    const rawData = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    initializers.set(
      name,
      create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims: [], rawData }),
    );
    return name;
  };
  const write = (opType: string, from: readonly string[], to: string, attributes: Readonly<Record<string, number>>) => {
    const { INT } = AttributeProto_AttributeType;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) }),
    );
    nodes.push(create(NodeProtoSchema, { opType, input: [...from], output: [to], attribute }));
    return to;
  };
  return {
    integers,
    node: (opType: string, from: readonly string[], attributes: Readonly<Record<string, number>> = {}): string =>
      write(opType, from, `${input} ${nodes.length}`, attributes),
    end(result: string): InputNodes {
      write('Identity', [result], input, {});
      return { nodes, initializers: [...initializers.values()] };
    },
  };
}
