import { fromBinary } from '@bufbuild/protobuf';
import type { TunedModel } from '../checkpoint/tunedModel.ts';
import { type GraphProto, type ModelProto, ModelProtoSchema } from '../engines/onnx/generated/onnx_pb.ts';
import { lowerGraph } from '../engines/onnx/lowerGraph.ts';
import type { Graph } from '../graph/value.ts';
import { logitsSpec } from '../inference/tunedGraphs.ts';
import { constantsOf, familyOf } from '../models/families.ts';
import { writingHead } from '../models/model/model.ts';
import { buildLogits, type LogitsSpec } from '../training/plan/program.ts';
import { pastGraph } from './pastGraph.ts';
import { lastRowNodes, positionNodes, shiftNodes } from './positionNodes.ts';

/**
 * A tuned model's logits as ONNX: every weight is external data of no file yet, but for those that are fed.
 * @param fed tensors that are inputs of the graph
 */
export function onnxModel(
  tuned: TunedModel,
  fed: ReadonlySet<string> = new Set(),
): { readonly model: ModelProto; readonly graph: GraphProto } {
  const spec = { ...logitsSpec(tuned), trainable: fed };
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

  return { model, graph };
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
