import { input, multiply, parameter } from '../../graph/ops.ts';
import type { Graph, Value } from '../../graph/value.ts';
import type { ConfiguredMethod, ModelOutline } from '../../methods/declaration/method.ts';
import { unionTransforms } from '../../methods/declaration/union.ts';
import { familyOf } from '../../models/families.ts';
import { type ForwardContext, type HeadKind, modelInputs } from '../../models/model/model.ts';
import type { SiteTransforms } from '../../models/model/sites.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import { type Dropout, DropoutSites, noDropout } from '../../nn/dropout.ts';
import type { Task } from '../../tasks/task.ts';

/** What decides the graphs of a run: sizes, methods and task; no values. */
export interface ProgramSpec {
  readonly outline: ModelOutline;
  readonly methods: readonly ConfiguredMethod[];
  readonly task: Task;
  /** C logits, or the vocabulary. */
  readonly outputs: number;
  /** Every tensor that the forward pass may ask for: backbone, pooler, head and added ones. */
  readonly tensors: readonly TensorSpec[];
  /** Names of those that training changes. */
  readonly trainable: ReadonlySet<string>;
  readonly labelSmoothing: number;
  /** Replaces the model's own dropout rates when given. */
  readonly dropout: number | undefined;
}

export interface ProgramGraphs {
  /** `loss` f32[]: summed loss × the input `loss_scale` f32[]. */
  readonly training: Graph;
  /** `loss` f32[] summed, and what the task judges. */
  readonly evaluation: Graph;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
}

/** Writes down the forward passes for training and for evaluation. */
export function buildGraphs(spec: ProgramSpec): ProgramGraphs {
  const counted = new DropoutSites(0, spec.dropout);
  forward(spec, counted);
  const training = forward(spec, new DropoutSites(counted.count, spec.dropout));
  const evaluation = forward(spec, noDropout);
  return {
    training: { outputs: { loss: multiply(training.loss, input('loss_scale', 'f32', [])) } },
    evaluation: { outputs: { loss: evaluation.loss, ...evaluation.evaluationOutputs } },
    positionShift: training.positionShift,
  };
}

interface Forward {
  readonly loss: Value;
  /** What the task's evaluator reads beside the loss. */
  readonly evaluationOutputs: Readonly<Record<string, Value>>;
  readonly positionShift: number;
}

function forward(spec: ProgramSpec, masks: Dropout): Forward {
  const { task } = spec;
  const { logits, positionShift } = buildLogits({ ...spec, head: task.head }, masks);
  const { dtype, shape } = task.labelsInput(spec.outputs);
  const labels = input('labels', dtype, shape);
  const loss = task.loss(logits, labels, spec.labelSmoothing);
  return { loss, evaluationOutputs: task.evaluationOutputs(logits, labels), positionShift };
}

/** What decides the logits, whatever is then done with them. */
export interface LogitsSpec extends Pick<ProgramSpec, 'outline' | 'methods' | 'outputs' | 'tensors' | 'trainable'> {
  readonly head: HeadKind;
}

export interface Logits {
  readonly logits: Value;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
  /** What the methods do at the model's sites. */
  readonly sites: Required<SiteTransforms>;
}

/**
 * The forward pass as far as the logits; without dropout unless its masks are given.
 * @param reading other rows than the head reads by itself, and a cache of earlier tokens
 */
export function buildLogits(
  spec: LogitsSpec,
  masks: Dropout = noDropout,
  reading: Partial<Pick<ForwardContext, 'rows' | 'cache'>> = {},
): Logits {
  const { outline, outputs } = spec;
  const { dimensions } = outline;
  const family = familyOf(dimensions);
  const buildHead = family.heads[spec.head];
  if (!buildHead) throw new RangeError(`${family.title} has no ${spec.head} head`);
  const head = buildHead(dimensions, outputs);
  const bare = family.build(dimensions);
  const parameterOf = parameterSource([...spec.tensors, ...bare.constants], spec.trainable);
  const sites = unionTransforms(outline, spec.methods, parameterOf);
  const context: ForwardContext = {
    parameter: parameterOf,
    sites,
    dropout: masks,
    input: (name) => input(name, 'i64', modelInputs[name]),
    rows: head.rows,
    ...reading,
  };
  const logits = head.logits(context, bare.encode(context));
  return { logits, positionShift: sites.positionShift, sites };
}

/** One value per tensor, so that whatever reads a tensor twice shares it and its gradient. */
function parameterSource(
  tensors: readonly Pick<TensorSpec, 'name' | 'shape'>[],
  trainable: ReadonlySet<string>,
): (name: string) => Value {
  const specs = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const values = new Map<string, Value>();
  return (name) => {
    const spec = specs.get(name);
    if (!spec) throw new RangeError(`the model asks for the tensor ${name}, which nothing declares`);
    const value = values.get(name) ?? parameter(name, spec.shape, trainable.has(name));
    values.set(name, value);
    return value;
  };
}
