import { dropout, input, multiply, parameter } from '../graph/ops.ts';
import type { Graph, Value } from '../graph/value.ts';
import type { ConfiguredMethod, ModelOutline } from '../methods/declaration/method.ts';
import { unionTransforms } from '../methods/declaration/union.ts';
import { families } from '../models/families.ts';
import type { DropoutSource, HeadKind } from '../models/model.ts';
import type { TensorSpec } from '../models/tensors.ts';
import type { Task } from '../tasks/task.ts';

/** What decides the graphs of a run: sizes, methods and task; no values. */
export interface ProgramSpec {
  readonly outline: ModelOutline;
  readonly methods: readonly ConfiguredMethod[];
  readonly task: Task;
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
  const counted = new DropoutSites(spec, 0);
  forward(spec, counted);
  const training = forward(spec, new DropoutSites(spec, counted.count));
  const evaluation = forward(spec, noDropout);
  return {
    training: { outputs: { loss: multiply(training.loss, input('loss_scale', 'f32', [])) } },
    evaluation: { outputs: { loss: evaluation.loss, ...evaluation.judged } },
    positionShift: training.positionShift,
  };
}

interface Forward {
  readonly loss: Value;
  /** What the task's evaluator reads beside the loss. */
  readonly judged: Readonly<Record<string, Value>>;
  readonly positionShift: number;
}

function forward(spec: ProgramSpec, masks: DropoutSource): Forward {
  const { task } = spec;
  const { logits, positionShift } = buildLogits({ ...spec, head: task.head }, masks);
  const labels = input('labels', task.labelsInput.dtype, task.labelsInput.shape);
  const loss = task.loss(logits, labels, spec.labelSmoothing);
  return { loss, judged: task.judged(logits, labels), positionShift };
}

/** What decides the logits, whatever is then done with them. */
export interface LogitsSpec extends Pick<ProgramSpec, 'outline' | 'methods' | 'tensors' | 'trainable'> {
  readonly head: HeadKind;
}

export interface Logits {
  readonly logits: Value;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
}

/** The forward pass as far as the logits; without dropout unless its masks are given. */
export function buildLogits(spec: LogitsSpec, masks: DropoutSource = noDropout): Logits {
  const { outline, head } = spec;
  const family = families[outline.dimensions.architecture];
  const source = parameterSource(spec);
  const sites = unionTransforms(outline, spec.methods, source);
  const ids = (name: string) => input(name, 'i64', ['B', 'S']);
  const context = {
    parameter: source,
    sites,
    dropout: masks,
    inputIds: ids('input_ids'),
    tokenTypeIds: ids('token_type_ids'),
    attentionMask: ids('attention_mask'),
    positionIds: ids('position_ids'),
    firstTokenOnly: head === 'sequence',
  };
  const hidden = family.encode(outline.dimensions, context);
  const logits = family.heads[head].logits(outline.dimensions, context, hidden);
  return { logits, positionShift: sites.positionShift };
}

/** One value per tensor, so that whatever reads a tensor twice shares it and its gradient. */
function parameterSource({ tensors, trainable }: Pick<ProgramSpec, 'tensors' | 'trainable'>): (name: string) => Value {
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

const noDropout: DropoutSource = { hidden: (x) => x, classifier: (x) => x, attention: () => undefined };

/** Numbers the dropout sites in the order in which the model makes them: site i reads element i of `dropout_offsets`. */
class DropoutSites implements DropoutSource {
  count = 0;
  readonly #offsets: Value;
  readonly #rates: { readonly hidden: number; readonly classifier: number; readonly attention: number };

  constructor({ outline: { dimensions }, dropout }: Pick<ProgramSpec, 'outline' | 'dropout'>, sites: number) {
    this.#offsets = input('dropout_offsets', 'i64', [sites]);
    this.#rates = {
      hidden: dropout ?? dimensions.hiddenDropout,
      classifier: dropout ?? dimensions.classifierDropout,
      attention: dropout ?? dimensions.attentionDropout,
    };
  }

  hidden(x: Value): Value {
    return this.#drop(x, this.#rates.hidden);
  }

  classifier(x: Value): Value {
    return this.#drop(x, this.#rates.classifier);
  }

  attention(): ReturnType<DropoutSource['attention']> {
    const rate = this.#rates.attention;
    return rate === 0 ? undefined : { site: { rate, site: this.count++ }, offsets: this.#offsets };
  }

  #drop(x: Value, rate: number): Value {
    return rate === 0 ? x : dropout(x, this.#offsets, { rate, site: this.count++ });
  }
}
