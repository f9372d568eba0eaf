import { topological } from '../../graph/node.ts';
import type { Feeds, Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import { gradientName, withGradients } from '../../graph/withGradients.ts';
import type {
  Executor,
  ExecutorFamily,
  StepRequest,
  StepResult,
  TrainableState,
  TrainableTensor,
  TrainingProgram,
} from '../executor.ts';
import { type AdamWTensor, adamW } from '../optimizers/adamW.ts';
import { clippingFactor, globalNorm } from '../optimizers/clipping.ts';
import { demandDevice } from './demandDevice.ts';
import { dropoutOffsets } from './dropoutPool.ts';
import { GraphSession, type SessionSource } from './graphSession.ts';
import { describeNodePlaces } from './hostNodes.ts';
import { prepacks } from './prepacks.ts';
import type { OnnxDevice } from './providers.ts';
import { type EngineTensor, fromEngine, newOutput } from './session.ts';
import { placeWeights } from './weights.ts';

/** A model's own bytes must stay below 2 GiB; what goes beyond this is sent to a device at every run. */
const deviceRoomBytes = 2 ** 30;

/** A trainable tensor with everything that the host keeps for it. */
interface TunedTensor extends TrainableTensor, AdamWTensor {
  /** What the engine writes the gradient into: over `gradient`, in the same memory at every run. */
  readonly output: EngineTensor;
  readonly gradient: Float32Array;
  /** Sum over micro-batches; made when first needed. */
  sum: Float32Array | undefined;
}

/** Runs programs in this process through onnxruntime; nothing else needs to be installed. */
export const onnxExecutor: ExecutorFamily = {
  name: 'onnx',
  computesFixed: true,
  quantizes: true,
  async create(program, initial) {
    const device = program.device === undefined || program.device === 'auto' ? 'cpu' : program.device;
    if (device !== 'cpu') await demandDevice(device);
    const tuned = program.trainable.map((tensor) => tunedTensor(tensor, initial));
    const values = tuned.map(
      (tensor) => [tensor.name, { dtype: 'f32', shape: tensor.shape, data: tensor.values }] as const,
    );
    const int8 = program.backbone === 'int8' ? program.frozen : undefined;
    const placements = placeWeights(program.frozen, device === 'cpu' ? 0 : deviceRoomBytes);
    const source = { placements, int8, trainable: new Map(values), seed: program.seed };
    const training = await GraphSession.open(
      { ...source, graph: withGradients(program.training, program.trainable) },
      { threads: program.threads, prepack: prepacks(program), device, profile: device !== 'cpu' },
    );
    return new OnnxExecutor({ ...program, device }, source, tuned, training);
  },
};

class OnnxExecutor implements Executor {
  /** Opened when first needed: many runs evaluate late or never. */
  private evaluation: Promise<GraphSession> | undefined;
  private fixed: Promise<GraphSession> | undefined;
  private readonly lossOutput = newOutput([]).output;
  private readonly offsetCount: number;

  constructor(
    private readonly program: TrainingProgram & { readonly device: OnnxDevice },
    private readonly source: Omit<SessionSource, 'graph'>,
    private readonly tuned: readonly TunedTensor[],
    private readonly training: GraphSession,
  ) {
    this.offsetCount = dropoutSites(program.training);
  }

  async step({ step, batches, lossScale, schedule, maxGradientNorm }: StepRequest): Promise<StepResult> {
    const into = Object.fromEntries(this.tuned.map(({ name, output }) => [gradientName(name), output]));
    const scale: Tensor = { dtype: 'f32', shape: [], data: Float32Array.of(lossScale) };
    const { seed, groups, optimizer } = this.program;
    let loss = 0;
    for (const [microBatch, batch] of batches.entries()) {
      const data = dropoutOffsets(seed, step, microBatch, this.offsetCount);
      const offsets: Tensor = { dtype: 'i64', shape: [data.length], data };
      await this.training.run(
        { ...batch, loss_scale: scale, dropout_offsets: offsets },
        { ...into, loss: this.lossOutput },
      );
      loss += this.lossOutput.data[0] as number;
      if (batches.length > 1) for (const tensor of this.tuned) addToSum(tensor, microBatch === 0);
    }

    const found = this.tuned.map(({ gradient, sum }) => (batches.length > 1 ? sum! : gradient));
    const gradientNorm = Number.isFinite(loss) ? globalNorm(found) : Number.NaN;
    if (Number.isFinite(gradientNorm)) {
      const gradientFactor = clippingFactor(gradientNorm, maxGradientNorm);
      for (const [i, tensor] of this.tuned.entries()) {
        const { learningRate, weightDecay } = groups[tensor.group]!;
        const update = { ...optimizer, step, learningRate: learningRate * schedule, weightDecay, gradientFactor };
        adamW(tensor, found[i]!, update);
      }
    }
    const places = this.training.takeNodePlaces();
    if (!places) return { loss, gradientNorm };
    const message = `device: ${this.program.device} ${describeNodePlaces(places)}`;
    return { loss, gradientNorm, note: { code: 'device', message } };
  }

  async evaluate(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>> {
    this.evaluation ??= GraphSession.open(
      { ...this.source, graph: this.program.evaluation },
      { threads: this.program.threads, prepack: this.source.int8 !== undefined, device: this.program.device },
    );
    return await runOn(await this.evaluation, feeds);
  }

  async computeFixed(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>> {
    const { fixed, threads, device } = this.program;
    if (!fixed) throw new Error('computeFixed: the program has no fixed graph; give it one');
    this.fixed ??= GraphSession.open(
      { ...this.source, graph: fixed },
      { threads, prepack: prepacks(this.program), device },
    );
    return await runOn(await this.fixed, feeds);
  }

  async read(): Promise<TrainableState> {
    const copy = (part: keyof AdamWTensor) => new Map(this.tuned.map((tensor) => [tensor.name, tensor[part].slice()]));
    return { values: copy('values'), moment1: copy('moment1'), moment2: copy('moment2') };
  }

  async write(state: TrainableState): Promise<void> {
    for (const tensor of this.tuned) fill(tensor, state);
  }

  async close(): Promise<void> {
    await this.training.close();
    await (await this.evaluation)?.close();
    await (await this.fixed)?.close();
  }
}

async function runOn(session: GraphSession, feeds: Feeds): Promise<Readonly<Record<string, Tensor>>> {
  const outputs = await session.run(feeds);
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, fromEngine(name, output)]));
}

function tunedTensor(tensor: TrainableTensor, initial: TrainableState): TunedTensor {
  const { output, data: gradient } = newOutput(tensor.shape);
  const zeros = () => new Float32Array(gradient.length);
  const tuned = { ...tensor, values: zeros(), moment1: zeros(), moment2: zeros(), output, gradient, sum: undefined };
  fill(tuned, initial);
  return tuned;
}

/**
 * Takes over a tensor's values and moments; absent moments are those of a fresh optimizer, zero.
 * @throws Error when the values are missing or have another number of elements.
 */
function fill(tensor: TunedTensor, state: TrainableState): void {
  const { name, shape } = tensor;
  for (const part of ['values', 'moment1', 'moment2'] as const) {
    const from = state[part].get(name);
    if (from ? from.length !== tensor[part].length : part === 'values') {
      throw new Error(`${name}: ${part} must have the shape [${shape}], got ${from?.length ?? 'no'} elements`);
    }
    if (from) tensor[part].set(from);
    else tensor[part].fill(0);
  }
}

function addToSum(tensor: TunedTensor, first: boolean): void {
  tensor.sum ??= new Float32Array(tensor.gradient.length);
  const { sum, gradient } = tensor;
  if (first) sum.set(gradient);
  else for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
}

/** Length of the input `dropout_offsets`; 0 where the graph has none. */
function dropoutSites(graph: Graph): number {
  for (const node of topological(Object.values(graph.outputs))) {
    if (node.op !== 'input') continue;
    const { name, shape } = node.attributes;
    if (name === 'dropout_offsets') return shape[0] as number;
  }
  return 0;
}
