import { create, toBinary } from '@bufbuild/protobuf';
import { writeAtomically } from '../checkpoint/format/atomicFile.ts';
import {
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../engines/onnx/generated/onnx_pb.ts';
import { elements } from '../graph/tensor.ts';

export const onnxFiles = { model: 'model.onnx', data: 'model.onnx.data' } as const;

/** Weights in a file of their own begin at multiples of this, so that engines can map them. */
const alignment = 4096;

/** Size of a weight in f32. */
export const byteLength = ({ dims }: TensorProto): number => 4 * elements(dims.map(Number));

type Values = (name: string) => Promise<Float32Array>;

/** Writes the message piece by piece, so that one weight at a time is in memory. */
export async function writeInline(
  path: string,
  outer: Uint8Array,
  graph: GraphProto,
  weights: readonly TensorProto[],
  values: Values,
): Promise<void> {
  const inner = toBinary(GraphProtoSchema, graph);
  const heads = weights.map((weight) => {
    const { name, dataType, dims } = weight;
    const fields = toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dataType, dims }));
    const raw = lengthDelimited(TensorProtoSchema.field.rawData.number, byteLength(weight));
    const size = fields.length + raw.length + byteLength(weight);
    return Buffer.concat([lengthDelimited(GraphProtoSchema.field.initializer.number, size), fields, raw]);
  });
  const size = weights.reduce((sum, weight, i) => sum + heads[i]!.length + byteLength(weight), inner.length);
  await writeAtomically(path, async (file) => {
    await file.writeFile(outer);
    await file.writeFile(lengthDelimited(ModelProtoSchema.field.graph.number, size));
    await file.writeFile(inner);
    for (const [i, { name }] of weights.entries()) {
      await file.writeFile(heads[i]!);
      await file.writeFile(bytesOf(await values(name)));
    }
  });
}

/** Writes the weights into a file of their own and notes in each where it is. */
export async function writeBeside(path: string, weights: readonly TensorProto[], values: Values): Promise<void> {
  await writeAtomically(path, async (file) => {
    let end = 0;
    for (const weight of weights) {
      const offset = Math.ceil(end / alignment) * alignment;
      await file.writeFile(Buffer.alloc(offset - end));
      await file.writeFile(bytesOf(await values(weight.name)));
      end = offset + byteLength(weight);
      const place = { location: onnxFiles.data, offset: String(offset), length: String(byteLength(weight)) };
      weight.externalData = Object.entries(place).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      );
    }
  });
}

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Protobuf's tag and length of a field of bytes or a message. */
function lengthDelimited(field: number, length: number): Buffer {
  const bytes: number[] = [];
  for (let value of [field * 8 + 2, length]) {
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
    bytes.push(value);
  }
  return Buffer.from(bytes);
}
