import type { SafetensorsTensor } from '../../extension/checkpoint/format/safetensors.ts';
import { type ModelFolder, modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { collate } from '../../extension/data/batches/collate.ts';
import { loadTokenizer, type TextTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import type { TensorValues } from '../../extension/engines/engine.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import type { Feeds } from '../../extension/graph/tensor.ts';
import { parseMethodsText } from '../../extension/methods/entries/parse.ts';
import { Random } from '../../extension/numbers/random.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import type { Example } from '../../extension/tasks/rows/example.ts';
import type { Batch, Task } from '../../extension/tasks/task.ts';
import { firstValues, planTuning, type Tuning, trainingProgram } from '../../extension/training/plan/tuning.ts';

export interface SubjectOptions {
  readonly folder: string;
  readonly task: TaskName;
  /** Classes; the vocabulary is known. */
  readonly classes?: number;
  /** As the command line writes them. */
  readonly methods: string;
  readonly trainPooler?: boolean;
  /** Default: none. */
  readonly dropout?: number;
}

export type Tensors = ReadonlyMap<string, Float32Array>;

/** A model with methods on it as this program trains it: what is compared with the peer. */
export class Subject {
  readonly tuning: Tuning;
  readonly task: Task;
  /** Values of all that trains, moved away from first values that are special (zeros, ones, pretrained). */
  readonly values: Tensors;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  private constructor(
    readonly options: SubjectOptions,
    readonly model: ModelFolder,
    readonly tokenizer: TextTokenizer,
    readonly weights: ReturnType<typeof modelWeights>,
    planned: { readonly tuning: Tuning; readonly task: Task; readonly first: { readonly values: TensorValues } },
  ) {
    this.tuning = planned.tuning;
    this.task = planned.task;
    this.#shapes = new Map(this.tuning.trainable.map(({ name, shape }) => [name, shape]));
    this.values = new Map([...planned.first.values].map(([name, values]) => [name, moved(name, values)]));
  }

  static async open(options: SubjectOptions): Promise<Subject> {
    const model = await openModel(options.folder);
    const found = findTask(options.task);
    // Logits are compared also where an evaluation fetches less.
    const task: Task = {
      ...found,
      evaluationOutputs: (logits, labels) => ({ ...found.evaluationOutputs(logits, labels), logits }),
    };
    const outputs = task.outputs(labelsOf(options), model.dimensions.vocabulary);
    const weights = modelWeights(model, { head: task.head, outputs, seed: 1 });
    const tuning = planTuning(weights, {
      methods: parse(options.methods),
      task,
      trainPooler: options.trainPooler ?? true,
      learningRate: undefined,
      headLearningRate: 1e-3,
      weightDecay: 0,
      labelSmoothing: 0,
      dropout: options.dropout ?? 0,
    });
    const first = await firstValues(tuning, weights, 1);
    return new Subject(options, model, await loadTokenizer(options.folder), weights, { tuning, task, first });
  }

  /** What the peer needs to build the same. */
  get request() {
    const { folder, task, methods, trainPooler = true } = this.options;
    const outputs = this.task.outputs(labelsOf(this.options), this.model.dimensions.vocabulary);
    return { folder, task, head: this.task.head, outputs, methods: plainMethods(methods), trainPooler };
  }

  /** Texts as one batch with made-up targets. */
  batch(texts: readonly string[], maxLength: number): Batch {
    const examples = texts.map((text, index): Example => {
      const { inputIds, tokenTypeIds } = this.tokenizer.encode(text, undefined, maxLength);
      return this.#withTarget({ index, inputIds, tokenTypeIds, target: [] });
    });
    return collate(examples, this.task, {
      dimensions: this.model.dimensions,
      positionShift: this.tuning.graphs.positionShift,
    });
  }

  #withTarget(example: Example): Example {
    const random = new Random(5, 'target', example.index);
    const { classes = 3 } = this.options;
    if (this.task.maskTokens)
      return this.task.maskTokens(example, this.tokenizer, { seed: 5, epoch: 0, probability: 0.3 });
    if (this.options.task === 'regression') return { ...example, target: [random.nextNormal()] };
    if (this.options.task === 'classification') return { ...example, target: [random.nextInt(classes)] };
    // Every third token carries no label, as inner word pieces do.
    return {
      ...example,
      target: Array.from(example.inputIds, (_, i) => (i % 3 === 0 ? -100 : random.nextInt(classes))),
    };
  }

  /** Logits, summed loss, and the gradient of every tensor that trains. */
  async gradients(batch: Batch): Promise<{ loss: number; logits: Float32Array; gradients: Tensors }> {
    const { tuning, values } = this;
    const session = await onnxEngine().openTraining(
      await trainingProgram(tuning, this.weights, 1, { initial: { values, slots: {} } }),
      { threads: 2 },
    );
    const { outputs } = await session.run('evaluation', batch.feeds);
    const { loss, gradients } = await session.gradients({ step: 1, batches: [batch.feeds], lossScale: 1 });
    await session.close();
    return { loss, logits: outputs.logits!.data as Float32Array, gradients };
  }

  /** Values and a batch for the peer. */
  given(batch: Batch): Map<string, SafetensorsTensor> {
    const values = valueTensors(this.values, this.#shapes);
    return new Map([...values, ...feedTensors(batch.feeds, 'feed')]);
  }
}

const labelsOf = ({ classes = 3 }: SubjectOptions): string[] => Array.from({ length: classes }, (_, i) => `class ${i}`);

function parse(methods: string) {
  const parsed = parseMethodsText(methods);
  if (parsed.problems.length > 0) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.methods;
}

/** Methods with all their options, presets expanded, as the peer reads them. */
export const plainMethods = (methods: string): { readonly name: string; readonly options: unknown }[] =>
  parse(methods).map(({ method, options }) => ({ name: method.name, options }));

function moved(name: string, values: Float32Array): Float32Array {
  const random = new Random(9, name);
  return values.map((value) => value + 0.2 * random.nextNormal());
}

export const valueTensors = (
  values: Tensors,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, SafetensorsTensor> =>
  new Map([...values].map(([name, data]) => [`value/${name}`, { dtype: 'F32', shape: shapes.get(name)!, data }]));

/** Position ids stay here: the peer makes its own. */
export function feedTensors(feeds: Feeds, folder: string): Map<string, SafetensorsTensor> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { dtype, shape, data }] of Object.entries(feeds)) {
    if (name === 'position_ids') continue;
    const tensor = dtype === 'f32' ? { dtype: 'F32' as const, data } : { dtype: 'I64' as const, data };
    tensors.set(`${folder}/${name}`, { ...tensor, shape });
  }
  return tensors;
}

/** Largest |a − b|, over the real tokens alone where the mask of a padded batch is given. */
export function largestDifference(a: Float32Array, b: Float32Array, mask?: BigInt64Array): number {
  if (a.length !== b.length) throw new RangeError(`lengths must be equal, got ${a.length} and ${b.length}`);
  const width = mask ? a.length / mask.length : 1;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (mask && mask[Math.floor(i / width)] === 0n) continue;
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= most)) most = difference; // NaN is the largest of all.
  }
  return most;
}

export const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

/** ‖a − b‖ / ‖b‖ */
export const relativeError = (a: Float32Array, b: Float32Array): number =>
  norm(a.map((value, i) => value - b[i]!)) / norm(b);

/** Whether a tensor is the bias of keys: but for prefixes softmax takes it out, so its gradient is rounding. */
export const isKeyBias = (name: string): boolean => /\.(key|k_lin|k|pos_key_proj)\.bias$/.test(name);
