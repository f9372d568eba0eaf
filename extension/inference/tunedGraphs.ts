import { allTensors, baseWeights, partsOf, type TunedModel } from '../checkpoint/tunedModel.ts';
import type { Engine, OpenOptions, Session } from '../engines/engine.ts';
import { onnxEngine } from '../engines/onnx/onnxEngine.ts';
import type { Feeds, FrozenTensor, Tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/value.ts';
import { constantsOf } from '../models/families.ts';
import type { Task } from '../tasks/task.ts';
import { buildLogits, judge, type LogitsSpec } from '../training/plan/program.ts';

/** The forward pass of a tuned model with everything in it frozen. */
export function logitsSpec(tuned: Omit<TunedModel, 'task'>): LogitsSpec {
  const parts = partsOf(tuned);
  const tensors = allTensors(parts);
  return {
    outline: parts.outline,
    methods: parts.methods,
    head: tuned.head,
    outputs: tuned.outputs,
    tensors,
    trainable: new Set(),
  };
}

/**
 * The outputs of an evaluation after training: the summed loss, the task's evaluation outputs, and the logits where
 * wrong answers are listed.
 * @param scaled see `ForwardSpec`
 */
export function evaluationGraph(tuned: TunedModel, task: Task, scaled: ReadonlySet<string> = new Set()): Graph {
  const { loss, evaluationOutputs, logits } = judge({ ...logitsSpec(tuned), task, scaled });
  return { outputs: { loss, ...evaluationOutputs, ...(task.missed && logits && { logits }) } };
}

export interface TunedGraphsOptions extends Pick<OpenOptions, 'threads' | 'expectedSteps' | 'backbone' | 'outliers'> {
  readonly engine?: Engine;
  /** What the graphs ask for beside the tuned model's tensors. */
  readonly more?: ReadonlyMap<string, FrozenTensor>;
  /** Tensors kept with the tuned ones that stayed frozen: with a backbone in bytes they are in bytes too. */
  readonly untuned?: ReadonlySet<string>;
}

/** Opens graphs over a tuned model, on the CPU unless another engine is given. @throws ExportError · CheckpointError */
export async function openTunedGraphs<G extends string>(
  tuned: Omit<TunedModel, 'task'>,
  graphs: Readonly<Record<G, Graph>>,
  { engine = onnxEngine('cpu'), more, untuned, ...options }: TunedGraphsOptions = {},
): Promise<Session<G>> {
  const { tensors } = logitsSpec(tuned);
  const frozen = new Map<string, FrozenTensor>(more);
  for (const { name, shape } of tensors) {
    const data = tuned.tensors.get(name);
    if (data) frozen.set(name, { kind: 'memory', data, shape, isTuned: !untuned?.has(name) });
  }
  const asked = [...tensors, ...constantsOf(tuned.model.dimensions)].map(({ name }) => name);
  const rest = asked.filter((name) => !frozen.has(name));
  for (const [name, tensor] of await baseWeights(tuned).frozen(rest)) frozen.set(name, tensor);
  return await engine.open(graphs, frozen, options);
}

/** Something that turns token ids into logits. */
export interface LogitsModel {
  /** Takes the feeds `input_ids`, `token_type_ids`, `attention_mask` and `position_ids`. */
  logits(feeds: Feeds): Promise<Tensor>;
  close(): Promise<void>;
}

/** Opens a tuned model for its logits. @throws ExportError · CheckpointError */
export async function openLogits(tuned: Omit<TunedModel, 'task'>): Promise<LogitsModel> {
  const { logits } = buildLogits(logitsSpec(tuned));
  return logitsOf(await openTunedGraphs(tuned, { logits: { outputs: { logits } } }), 'logits');
}

/** A session of which only the logits are asked. */
export const logitsOf = <G extends string>(session: Session<G>, graph: G): LogitsModel => ({
  logits: async (feeds) => (await session.run(graph, feeds)).outputs.logits!,
  close: () => session.close(),
});
