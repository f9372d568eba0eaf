import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dimSize } from '../../graph/dims.ts';
import type { FrozenTensor, Tensor } from '../../graph/tensor.ts';
import type { Graph, Shape } from '../../graph/value.ts';
import { bindFeeds } from '../bindFeeds.ts';
import type { OutlierChannels, SessionFeeds } from '../engine.ts';
import { DropoutPool, maskShapes } from './dropoutPool.ts';
import { type NodePlaces, readNodePlaces } from './hostNodes.ts';
import { engineTensor } from './keptOutput.ts';
import { dropoutPoolName, lowerGraph, type OnnxModel } from './lowerGraph.ts';
import type { WeightBytes } from './lowering/int8Product.ts';
import { providerOf } from './native/providers.ts';
import { type EngineSession, EngineTensor, openSession, type SessionOptions, toEngine } from './native/session.ts';
import { int8Weights } from './weights/keptBytes.ts';
import type { Placements } from './weights/weights.ts';

/** What a session is made from. */
export interface SessionSource {
  readonly graph: Graph;
  readonly placements: Placements;
  /** Frozen weights that are to be multiplied by in bytes, and which bytes; undefined: none. */
  readonly int8?: { readonly frozen: ReadonlyMap<string, FrozenTensor>; readonly dtype: WeightBytes } | undefined;
  /** What is multiplied in f32 all the same. */
  readonly outliers?: OutlierChannels | undefined;
  /** Values of the trainable parameters: read in place at every run, so that updating the arrays is all it takes. */
  readonly trainable: ReadonlyMap<string, Tensor>;
  /** Determines the dropout pools. */
  readonly seed: number;
}

interface GraphSessionOptions extends Omit<SessionOptions, 'folder' | 'profilePrefix'> {
  /** Whether to record where nodes are computed, for `takeNodePlaces`. */
  readonly profile?: boolean;
}

interface Pool {
  readonly rate: number;
  readonly masks: readonly Shape[];
  readonly bits: DropoutPool;
}

/** One graph with its weights, ready to run. */
export class GraphSession {
  private constructor(
    private readonly engine: EngineSession,
    private readonly model: OnnxModel,
    private readonly parameters: Readonly<Record<string, EngineTensor>>,
    private readonly pools: readonly Pool[],
    private profileFolder: string | undefined,
  ) {}

  /** @throws Error naming a parameter without values, or with the engine's reason. */
  static async open(source: SessionSource, options: GraphSessionOptions): Promise<GraphSession> {
    const { graph, placements, int8, outliers, trainable, seed } = source;
    const wanted = int8 && { dtype: int8.dtype, folder: placements.folder, outliers };
    const bytes = wanted && (await int8Weights(graph, int8.frozen, wanted));
    const model = lowerGraph(graph, placements, {
      table: providerOf(options.device ?? 'cpu').lowerings,
      ...(bytes && { int8: bytes.weights, outliers }),
    });
    const parameters = model.fedParameters.map((name) => {
      const placement = placements.byName.get(name);
      const tensor =
        placement?.kind === 'fed'
          ? ({ dtype: 'f32', shape: placement.shape, data: placement.data } as const)
          : trainable.get(name);
      if (!tensor) throw new Error(`${name}: the graph wants to tune it, got no values; add it to the program`);
      return [name, toEngine(tensor)] as const;
    });
    const pools = [...maskShapes(graph)].map(([rate, masks]) => ({ rate, masks, bits: new DropoutPool(seed, rate) }));
    const profileFolder = options.profile ? mkdtempSync(join(tmpdir(), 'peft-lab-profile-')) : undefined;
    const engine = await openSession(model.bytes, {
      ...options,
      folder: bytes?.folder ?? placements.folder,
      ...(profileFolder && { profilePrefix: join(profileFolder, 'run') }),
    });
    return new GraphSession(engine, model, Object.fromEntries(parameters), pools, profileFolder);
  }

  /**
   * Runs the graph on one batch. Outputs named in `into` are written there, the others are new.
   * @throws Error naming the feed that does not fit.
   */
  async run(
    feeds: SessionFeeds,
    into: Readonly<Record<string, EngineTensor>> = {},
  ): Promise<Record<string, EngineTensor>> {
    const { tensors, sizes } = bindFeeds(this.model.inputs, feeds);
    const all: Record<string, EngineTensor> = { ...this.parameters };
    for (const [name, tensor] of tensors) all[name] = engineTensor(tensor);
    for (const { rate, masks, bits } of this.pools) {
      const lengths = masks.map((shape) => shape.reduce<number>((n, dim) => n * dimSize(dim, sizes), 1));
      const pool = bits.forWindows(Math.max(...lengths));
      all[dropoutPoolName(rate)] = new EngineTensor('bool', pool, [pool.length]);
    }
    const fetches = Object.fromEntries(this.engine.outputNames.map((name) => [name, into[name] ?? null]));
    return (await this.engine.run(all, fetches)) as Record<string, EngineTensor>;
  }

  /** Where the nodes were computed since the session was opened with `profile`; can be asked once. */
  takeNodePlaces(): NodePlaces | undefined {
    if (this.profileFolder === undefined) return undefined;
    this.engine.endProfiling();
    const [file] = readdirSync(this.profileFolder);
    const places = file === undefined ? undefined : readNodePlaces(join(this.profileFolder, file));
    rmSync(this.profileFolder, { recursive: true, force: true });
    this.profileFolder = undefined;
    return places;
  }

  close(): Promise<void> {
    return this.engine.release();
  }
}
