import { initialValues } from '../../checkpoint/initialize.ts';
import type { ModelWeights } from '../../checkpoint/modelFolder.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type {
  ParameterGroup,
  TensorValues,
  TrainableState,
  TrainableTensor,
  TrainingProgram,
} from '../../engines/engine.ts';
import { defaultAdamW } from '../../engines/optimizers/adamW.ts';
import { topological } from '../../graph/node.ts';
import type { FrozenTensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import type { AddedTensor, ConfiguredMethod } from '../../methods/declaration/method.ts';
import { declareUnion, type UnionDeclaration } from '../../methods/entries/declare.ts';
import { constantsOf, splitParameters } from '../../models/families.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import type { Task } from '../../tasks/task.ts';
import { buildGraphs, judge, type ProgramGraphs } from './program.ts';

/** The parts of a config that decide what is tuned and how fast. */
interface TuningOptions {
  readonly methods: readonly ConfiguredMethod[];
  readonly task: Task;
  /** Whether a pooler that the head reads is trained with it. */
  readonly trainPooler: boolean;
  /** `training.learning_rate` */
  readonly learningRate: number | undefined;
  readonly headLearningRate: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  readonly dropout: number | undefined;
}

/** What a config says of them. */
export const tuningOptions = (
  { training, train_pooler }: Pick<ResolvedConfig, 'training' | 'train_pooler'>,
  methods: readonly ConfiguredMethod[],
  task: Task,
): TuningOptions => ({
  methods,
  task,
  trainPooler: train_pooler,
  learningRate: training.learning_rate ?? undefined,
  headLearningRate: training.head_learning_rate,
  weightDecay: training.weight_decay,
  labelSmoothing: training.label_smoothing,
  dropout: training.dropout ?? undefined,
});

/** A model with its methods and head, as graphs and lists of tensors; the values stay where they are. */
export interface Tuning {
  readonly graphs: ProgramGraphs;
  readonly union: UnionDeclaration;
  readonly trainable: readonly TrainableTensor[];
  readonly groups: readonly ParameterGroup[];
  /** Names of base tensors that do not change, and of the model's constants. */
  readonly frozen: readonly string[];
}

/** Decides which tensors train in which group, and writes down the graphs. @throws MethodError when the union does not fit. */
export function planTuning(
  weights: Pick<ModelWeights, 'outline' | 'pooler' | 'head' | 'outputs'>,
  options: TuningOptions,
): Tuning {
  const { outline } = weights;
  const { tensors, head } = splitParameters({ ...weights, backbone: outline.tensors }, options);
  const model = { ...outline, tensors };
  const union = declareUnion(model, options.methods, { head, learningRate: options.learningRate });
  const groups = [...union.groups, { name: 'head', learningRate: options.headLearningRate }].map((group) => ({
    ...group,
    weightDecay: options.weightDecay,
  }));
  const inGroup = ({ name, shape }: TensorSpec, group: number): TrainableTensor => ({ name, shape, group });
  const trainable = [
    ...union.tunable.map(({ spec, group, only }) => ({ ...inGroup(spec, group), ...(only && { only }) })),
    ...head.map((spec) => inGroup(spec, groups.length - 1)),
  ];
  const graphs = buildGraphs({
    outline,
    methods: options.methods,
    task: options.task,
    outputs: weights.outputs,
    tensors: [...model.tensors, ...weights.head, ...union.added],
    trainable: new Set(trainable.map(({ name }) => name)),
    labelSmoothing: options.labelSmoothing,
    dropout: options.dropout,
  });
  const frozen = [...union.frozen, ...constantsOf(outline.dimensions)].map(({ name }) => name);
  return { graphs, union, trainable, groups, frozen };
}

/** A task's evaluation of the model as it is: no method changes it, and nothing of it trains. */
export function untunedGraph(
  { outline, pooler, head, outputs }: Pick<ModelWeights, 'outline' | 'pooler' | 'head' | 'outputs'>,
  task: Task,
): Graph {
  const tensors = [...outline.tensors, ...pooler, ...head];
  const spec = { outline, methods: [], outputs, tensors, trainable: new Set<string>(), task };
  const { loss, evaluationOutputs } = judge(spec);
  return { outputs: { loss, ...evaluationOutputs } };
}

/** The values of all that a graph without tuned tensors reads: those at hand, and others of the model. */
export async function allFrozen(
  graph: Graph,
  weights: Pick<ModelWeights, 'frozen'>,
  atHand: ReadonlyMap<string, FrozenTensor>,
): Promise<ReadonlyMap<string, FrozenTensor>> {
  const names = topological(Object.values(graph.outputs)).flatMap((node) =>
    node.op === 'parameter' && !atHand.has(node.attributes.name) ? [node.attributes.name] : [],
  );
  return new Map([...atHand, ...(await weights.frozen(names))]);
}

/**
 * First values of everything that trains: pretrained where there are any, else drawn from the seed or computed.
 * @param computed those that are keys and values of training tokens
 */
export async function firstValues(
  tuning: Tuning,
  weights: ModelWeights,
  seed: number,
  computed: TensorValues = new Map(),
): Promise<TrainableState> {
  const added = new Map(tuning.union.added.map((tensor) => [tensor.name, tensor]));
  const values = new Map<string, Float32Array>();
  for (const { name } of tuning.trainable) {
    const tensor = added.get(name);
    values.set(name, tensor ? addedValues(tensor, seed, computed) : await weights.read(name));
  }
  return { values, slots: {} };
}

/**
 * What an engine opens to train: the graphs with the frozen weights, AdamW, and the first values that the seed draws.
 * @param known what has been read or computed already
 */
export async function trainingProgram(
  tuning: Tuning,
  weights: ModelWeights,
  seed: number,
  known: Partial<Pick<TrainingProgram, 'frozen' | 'initial'>> = {},
): Promise<TrainingProgram> {
  const { graphs, trainable, groups } = tuning;
  return {
    training: graphs.training,
    evaluation: graphs.evaluation,
    trainable,
    groups,
    frozen: known.frozen ?? (await weights.frozen(tuning.frozen)),
    optimizer: defaultAdamW,
    seed,
    initial: known.initial ?? (await firstValues(tuning, weights, seed)),
  };
}

/** @throws RangeError for a tensor that is to be computed from tokens and was not */
export function addedValues(
  tensor: TensorSpec & Pick<AddedTensor, 'initializer'>,
  seed: number,
  computed: TensorValues,
): Float32Array {
  const { initializer } = tensor;
  if (initializer.kind !== 'tokens') return initialValues(tensor, initializer, seed);
  const found = computed.get(tensor.name);
  if (!found) throw new RangeError(`${tensor.name}: must start from tokens, got no values of them`);
  return found;
}
