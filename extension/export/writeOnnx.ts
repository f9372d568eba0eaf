import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { writeAtomically } from '../checkpoint/format/atomicFile.ts';
import { baseWeights, type TunedModel } from '../checkpoint/tunedModel.ts';
import {
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../engines/onnx/generated/onnx_pb.ts';
import { lowerGraph } from '../engines/onnx/lowerGraph.ts';
import type { Graph } from '../graph/value.ts';
import { configFile, generationConfigFile } from '../hub/modelFiles.ts';
import { logitsSpec } from '../inference/tunedGraphs.ts';
import { constantsOf, familyOf } from '../models/families.ts';
import { writingHead } from '../models/model/model.ts';
import { elements } from '../models/model/tensors.ts';
import { buildLogits, type LogitsSpec } from '../training/plan/program.ts';
import { copyPresent, mergedConfig, writeTokenizer } from './merged.ts';
import { pastGraph } from './pastGraph.ts';
import { lastRowNodes, positionNodes, shiftNodes } from './positionNodes.ts';

export const onnxFiles = { model: 'model.onnx', data: 'model.onnx.data' } as const;

/** Protobuf's limit for one message, with room for what surrounds the weights. */
const inlineLimitBytes = 2 ** 31 - 2 ** 20;

/** Weights in a file of their own begin at multiples of this, so that engines can map them. */
const alignment = 4096;

/**
 * Writes the tuned model as `model.onnx`: inputs `input_ids`, `attention_mask` and (where the model has them)
 * `token_type_ids`, i64[B,S]; output `logits`. Position ids and each row's last token are computed inside. A model that writes
 * text reads on behind a cache of keys and values instead (`pastGraph`). Beside it lie
 * `config.json` (labels) and the tokenizer's files. Weights stand inside the file, or in `model.onnx.data` where they
 * exceed `limitBytes`.
 * @throws ExportError · CheckpointError
 */
export async function writeOnnx(folder: string, tuned: TunedModel, limitBytes = inlineLimitBytes): Promise<void> {
  const spec = logitsSpec(tuned);
  const { dimensions } = tuned.model;
  const readsPast = tuned.head === writingHead;
  const { graph: forward, positionShift } = readsPast ? pastGraph(spec) : wholeGraph(spec);
  // Lowered with every weight outside, so that none is in memory; where they really go is decided below.
  const byName = new Map(
    [...spec.tensors, ...constantsOf(dimensions)].map(
      ({ name, shape }) => [name, { kind: 'external', location: '', offset: 0, shape }] as const,
    ),
  );
  const { bytes } = lowerGraph(forward, { folder: undefined, byName });
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph!;
  const layout = familyOf(dimensions).batch(dimensions);
  const computed = {
    ...(!readsPast && { position_ids: positionNodes(layout, positionShift) }),
    ...(graph.input.some(({ name }) => name === 'last_rows') && { last_rows: lastRowNodes() }),
  };
  graph.input = graph.input.filter(({ name }) => !(name in computed));
  for (const { nodes, initializers } of Object.values(computed)) {
    graph.node.unshift(...nodes);
    graph.initializer.push(...initializers);
  }
  if (readsPast && positionShift > 0) shiftPositions(graph, positionShift);

  const base = baseWeights(tuned);
  const values = async (name: string) => tuned.tensors.get(name) ?? (await base.read(name));
  const weights = graph.initializer.filter(({ externalData }) => externalData.length > 0);
  const total = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
  await mkdir(folder, { recursive: true });
  const file = join(folder, onnxFiles.model);
  if (total <= limitBytes) {
    graph.initializer = graph.initializer.filter(({ externalData }) => externalData.length === 0);
    const outer = toBinary(ModelProtoSchema, { ...model, graph: undefined } as typeof model);
    await writeInline(file, outer, graph, weights, values);
  } else {
    await writeBeside(join(folder, onnxFiles.data), weights, values);
    await writeAtomically(file, (handle) => handle.writeFile(toBinary(ModelProtoSchema, model)));
  }
  await writeFile(join(folder, configFile), `${JSON.stringify(mergedConfig(tuned), undefined, 2)}\n`);
  await writeTokenizer(folder, tuned);
  if (readsPast) await copyPresent([generationConfigFile], tuned.model.folder, folder);
}

function wholeGraph(spec: LogitsSpec): { readonly graph: Graph; readonly positionShift: number } {
  const { logits, positionShift } = buildLogits(spec);
  return { graph: { outputs: { logits } }, positionShift };
}

/** Moves the position ids that are fed up, behind what a method puts before them. */
function shiftPositions(graph: GraphProto, shift: number): void {
  const moved = 'position_ids moved';
  for (const node of graph.node) node.input = node.input.map((name) => (name === 'position_ids' ? moved : name));
  const { nodes, initializers } = shiftNodes('position_ids', moved, shift);
  graph.node.unshift(...nodes);
  graph.initializer.push(...initializers);
}

const byteLength = ({ dims }: TensorProto): number => 4 * elements(dims.map(Number));

type Values = (name: string) => Promise<Float32Array>;

/** Writes the message piece by piece, so that one weight at a time is in memory. */
async function writeInline(
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
async function writeBeside(path: string, weights: readonly TensorProto[], values: Values): Promise<void> {
  await writeAtomically(path, async (file) => {
    let end = 0;
    for (const weight of weights) {
      const offset = Math.ceil(end / alignment) * alignment;
      await file.writeFile(Buffer.alloc(offset - end));
      await file.writeFile(bytesOf(await values(weight.name)));
      end = offset + byteLength(weight);
      const entries = { location: onnxFiles.data, offset: String(offset), length: String(byteLength(weight)) };
      weight.externalData = weight.externalData.map((entry) => ({
        ...entry,
        value: entries[entry.key as keyof typeof entries],
      }));
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
