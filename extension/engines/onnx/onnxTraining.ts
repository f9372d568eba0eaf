import { topological } from '../../graph/node.ts';
import type { Feeds, Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import { gradientName, gradientRows } from '../../graph/withGradients.ts';
import type {
  GradientRequest,
  Gradients,
  KeptTensor,
  RunOptions,
  RunResult,
  SessionFeeds,
  StepRequest,
  StepResult,
  TrainableState,
  TrainingSession,
} from '../engine.ts';
import type { RowGradient } from '../gradients/rowGradient.ts';
import type { HostTensors } from '../hostTensors.ts';
import { dropoutOffsets } from './dropoutPool.ts';
import type { GraphSession } from './graphSession.ts';
import { describeNodePlaces, type NodePlaces } from './hostNodes.ts';
import type { OnnxDevice } from './native/providers.ts';
import { type EngineTensor, toEngine } from './native/session.ts';
import { putTensor, runGraph } from './onnxSession.ts';

interface OnnxTrainingParts {
  /** The training graph with its gradients. */
  readonly graph: Graph;
  /** Determines dropout. */
  readonly seed: number;
  readonly device: OnnxDevice;
  /** Read by the sessions in place: updating them is all that a step does to the model. */
  readonly tuned: HostTensors;
  /** `graph`, open. */
  readonly session: GraphSession;
  readonly openEvaluation: () => Promise<GraphSession>;
}

/** A program in training in this process. Gradients are written straight into the host's memory, run after run. */
export class OnnxTraining implements TrainingSession {
  readonly #seed: number;
  readonly #device: OnnxDevice;
  readonly #tuned: HostTensors;
  readonly #session: GraphSession;
  readonly #openEvaluation: OnnxTrainingParts['openEvaluation'];
  /** Opened when first needed: many runs evaluate late or never. */
  #evaluation: Promise<GraphSession> | undefined;
  /** Where nodes were computed, until a step reports it. */
  #places: NodePlaces | undefined;
  readonly #loss = new Float32Array(1);
  readonly #outputs: Readonly<Record<string, EngineTensor>>;
  /** Names of the outputs that are rows of a table's gradient, and where they are added up. */
  readonly #tables: readonly { readonly rows: string; readonly ids: string; readonly gradient: RowGradient }[];
  readonly #dropoutSites: number;

  constructor({ graph, seed, device, tuned, session, openEvaluation }: OnnxTrainingParts) {
    this.#seed = seed;
    this.#device = device;
    this.#tuned = tuned;
    this.#session = session;
    this.#openEvaluation = openEvaluation;
    this.#dropoutSites = dropoutSites(graph);
    const written = tuned.dense.map(({ name, shape, gradient: { data } }) => {
      return [gradientName(name), toEngine({ dtype: 'f32', shape, data })] as const;
    });
    this.#tables = tuned.tables.map(({ name, gradient }) => ({ ...gradientRows(graph, name)!, gradient }));
    this.#outputs = { ...Object.fromEntries(written), loss: toEngine({ dtype: 'f32', shape: [], data: this.#loss }) };
  }

  async gradients(request: GradientRequest): Promise<Gradients> {
    const loss = await this.#accumulate(request);
    return { loss, gradients: this.#tuned.gradients() };
  }

  async step(request: StepRequest): Promise<StepResult> {
    const loss = await this.#accumulate(request);
    const gradientNorm = this.#tuned.update(loss, request);
    const places = this.#places;
    this.#places = undefined;
    if (!places) return { loss, gradientNorm };
    const message = `device: ${this.#device} ${describeNodePlaces(places)}`;
    return { loss, gradientNorm, note: { code: 'device', message } };
  }

  /** Everything is computed in this process: there is nothing to send ahead. */
  stage(): void {}

  async run(_: 'evaluation', feeds: SessionFeeds, options?: RunOptions): Promise<RunResult> {
    this.#evaluation ??= this.#openEvaluation();
    return await runGraph(await this.#evaluation, feeds, options);
  }

  put(tensor: Tensor): Promise<KeptTensor> {
    return putTensor(tensor);
  }

  async read(): Promise<TrainableState> {
    return this.#tuned.read();
  }

  async write(state: TrainableState): Promise<void> {
    this.#tuned.write(state);
  }

  async close(): Promise<void> {
    await this.#session.close();
    await (await this.#evaluation)?.close();
  }

  async #accumulate({ step, batches, lossScale }: GradientRequest): Promise<number> {
    const scale: Tensor = { dtype: 'f32', shape: [], data: Float32Array.of(lossScale) };
    const loss = await this.#tuned.accumulate<Feeds>(batches, async (batch, microBatch) => {
      const data = dropoutOffsets(this.#seed, step, microBatch, this.#dropoutSites);
      const offsets: Tensor = { dtype: 'i64', shape: [data.length], data };
      const feeds = { ...batch, loss_scale: scale, dropout_offsets: offsets };
      const found = await this.#session.run(feeds, this.#outputs);
      for (const { rows, ids, gradient } of this.#tables) {
        gradient.add(found[ids]!.data as BigInt64Array, found[rows]!.data as Float32Array, microBatch);
      }
      return this.#loss[0]!;
    });
    this.#places ??= this.#session.takeNodePlaces();
    return loss;
  }
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
