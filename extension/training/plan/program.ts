import { nodeOf } from '../../graph/node.ts';
import { add, affine, input, multiply, parameter } from '../../graph/ops.ts';
import type { Graph, Value } from '../../graph/value.ts';
import type { ConfiguredMethod, ModelOutline } from '../../methods/declaration/method.ts';
import { unionTransforms } from '../../methods/entries/union.ts';
import { familyOf } from '../../models/families.ts';
import { type ForwardContext, type Head, type HeadKind, modelInputs } from '../../models/model/model.ts';
import { composeTransforms, type SiteTransforms } from '../../models/model/sites.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import { type Dropout, DropoutSites, noDropout } from '../../nn/dropout.ts';
import { headLoss } from '../../nn/headLoss.ts';
import type { Task } from '../../tasks/task.ts';

/** What decides the graphs of a run: sizes, methods and task; no values. */
interface ProgramSpec extends ForwardSpec {
  readonly task: Task;
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
  const { labelSmoothing } = spec;
  judge(spec, { masks: counted, labelSmoothing });
  const masks = new DropoutSites(counted.count, spec.dropout);
  const training = judge(spec, { masks, labelSmoothing });
  const evaluation = judge(spec);
  return {
    training: { outputs: { loss: multiply(training.loss, input('loss_scale', 'f32', [])) } },
    evaluation: { outputs: { loss: evaluation.loss, ...evaluation.evaluationOutputs } },
    positionShift: training.positionShift,
  };
}

interface Judged {
  /** Summed over the labelled items. */
  readonly loss: Value;
  /** What the task's evaluator reads beside the loss. */
  readonly evaluationOutputs: Readonly<Record<string, Value>>;
  /** Absent where the loss was computed without them. */
  readonly logits?: Value;
  readonly positionShift: number;
}

/** What training alone does to make the model learn: an evaluation judges it as it is, by the labels as they are. */
interface Regularised {
  readonly masks: Dropout;
  readonly labelSmoothing: number;
}

/** The forward pass as far as a task's loss. */
export function judge(
  spec: ForwardSpec & Pick<ProgramSpec, 'task'>,
  { masks, labelSmoothing }: Regularised = { masks: noDropout, labelSmoothing: 0 },
): Judged {
  const { task } = spec;
  const { dtype, shape } = task.labelsInput(spec.outputs);
  const labels = input('labels', dtype, shape);
  const { head, context, hidden } = encode(spec, task.head, masks, task.picksRows ? { rows: 'picked' } : {});
  const { positionShift } = context.sites;
  const weight = task.picksRows && head.weight?.(context);
  if (weight && !isTrained(weight)) {
    const { loss, correct } = headLoss(hidden, weight, labels, labelSmoothing);
    return { loss, evaluationOutputs: { correct }, positionShift };
  }
  const logits = head.logits(context, hidden);
  const loss = task.loss(logits, labels, labelSmoothing);
  return { loss, evaluationOutputs: task.evaluationOutputs(logits, labels), logits, positionShift };
}

const isTrained = (value: Value): boolean => {
  const node = nodeOf(value);
  return node.op === 'parameter' && node.attributes.trainable;
};

/** What decides a forward pass, whatever is then done with it. */
interface ForwardSpec {
  readonly outline: ModelOutline;
  readonly methods: readonly ConfiguredMethod[];
  /** C logits, or the vocabulary. */
  readonly outputs: number;
  /** Every tensor that the forward pass may ask for: backbone, pooler, head and added ones. */
  readonly tensors: readonly TensorSpec[];
  /** Names of those that training changes. */
  readonly trainable: ReadonlySet<string>;
  /**
   * Names of those that stand at (1 − λ)·start + λ·value, λ the input `scale` f32[]: their starts are tensors too, by
   * `startName`.
   */
  readonly scaled?: ReadonlySet<string>;
}

export const startName = (name: string): string => `${name} at start`;

/** What decides the logits. */
export interface LogitsSpec extends ForwardSpec {
  readonly head: HeadKind;
}

interface Logits {
  readonly logits: Value;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
  /** What the methods do at the model's sites. */
  readonly sites: Required<SiteTransforms>;
}

/** What a forward pass reads beside what its head asks for: other rows, and a cache of earlier tokens. */
type Reading = Partial<Pick<ForwardContext, 'rows' | 'cache'>>;

/** The forward pass as far as the logits, without dropout. */
export function buildLogits(spec: LogitsSpec, reading: Reading = {}): Logits {
  const { head, context, hidden } = encode(spec, spec.head, noDropout, reading);
  const { sites } = context;
  return { logits: head.logits(context, hidden), positionShift: sites.positionShift, sites };
}

/** What a model reads of each token as it is, block by block: outputs `key 0`, `value 0`, … f32[B,S,K]. */
export function keyValueGraph(outline: ModelOutline): Graph {
  const outputs: Record<string, Value> = {};
  const sites = composeTransforms([
    {
      keyValue(layer, read) {
        for (const part of ['key', 'value'] as const) outputs[keyValueName(part, layer)] = read[part];
        return read;
      },
    },
  ]);
  const bare = familyOf(outline.dimensions).build(outline.dimensions);
  bare.encode({
    parameter: parameterSource([...outline.tensors, ...bare.constants], new Set()),
    sites,
    dropout: noDropout,
    input: (name) => input(name, 'i64', modelInputs[name]),
    rows: 'all',
  });
  return { outputs };
}

export const keyValueName = (part: 'key' | 'value', layer: number): string => `${part} ${layer}`;

/** The forward pass as far as the hidden states of the rows that are read. */
function encode(
  spec: ForwardSpec,
  kind: HeadKind,
  dropout: Dropout,
  reading: Reading,
): { readonly head: Head; readonly context: ForwardContext; readonly hidden: Value } {
  const { outline } = spec;
  const { dimensions } = outline;
  const family = familyOf(dimensions);
  const buildHead = family.heads[kind];
  if (!buildHead) throw new RangeError(`${family.title} has no ${kind} head`);
  const head = buildHead(dimensions, spec.outputs);
  const bare = family.build(dimensions);
  const parameter = parameterSource([...spec.tensors, ...bare.constants], spec.trainable, spec.scaled);
  const read: ForwardContext['input'] = (name) => input(name, 'i64', modelInputs[name]);
  const context: ForwardContext = {
    parameter,
    sites: unionTransforms(outline, spec.methods, parameter, { attentionMask: () => read('attention_mask') }),
    dropout,
    input: read,
    rows: head.rows,
    ...reading,
  };
  return { head, context, hidden: bare.encode(context) };
}

/** One value per tensor, so that whatever reads a tensor twice shares it and its gradient. */
function parameterSource(
  tensors: readonly Pick<TensorSpec, 'name' | 'shape'>[],
  trainable: ReadonlySet<string>,
  scaled: ReadonlySet<string> = new Set(),
): (name: string) => Value {
  const specs = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const values = new Map<string, Value>();
  return (name) => {
    const spec = specs.get(name);
    if (!spec) throw new RangeError(`the model asks for the tensor ${name}, which nothing declares`);
    const plain = (named: string) => parameter(named, spec.shape, trainable.has(name));
    const made = () => (scaled.has(name) ? between(plain(startName(name)), plain(name)) : plain(name));
    const value = values.get(name) ?? made();
    values.set(name, value);
    return value;
  };
}

/** (1 − λ)·start + λ·end: exactly one of them at λ = 0 and λ = 1. */
function between(start: Value, end: Value): Value {
  const scale = input('scale', 'f32', []);
  return add(multiply(start, affine(scale, -1, 1)), multiply(end, scale));
}
