import type { Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import type { KeptTensor, RunOptions, RunResult, Session, SessionFeeds } from '../engine.ts';
import type { GraphSession } from './graphSession.ts';
import { engineTensor, KeptOutput } from './keptOutput.ts';
import { fromEngine, toEngine } from './native/session.ts';

/** Graphs that are open in this process. */
export class OnnxSession<G extends string> implements Session<G> {
  readonly #sessions: ReadonlyMap<string, GraphSession>;

  private constructor(sessions: ReadonlyMap<string, GraphSession>) {
    this.#sessions = sessions;
  }

  static async open<G extends string>(
    graphs: Readonly<Record<G, Graph>>,
    open: (graph: Graph) => Promise<GraphSession>,
  ): Promise<OnnxSession<G>> {
    const sessions = new Map<string, GraphSession>();
    try {
      for (const [name, graph] of Object.entries<Graph>(graphs)) sessions.set(name, await open(graph));
    } catch (error) {
      for (const session of sessions.values()) await session.close();
      throw error;
    }
    return new OnnxSession(sessions);
  }

  run(graph: G, feeds: SessionFeeds, options?: RunOptions): Promise<RunResult> {
    return runGraph(this.#sessions.get(graph)!, feeds, options);
  }

  put(tensor: Tensor): Promise<KeptTensor> {
    return putTensor(tensor);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await session.close();
  }
}

/** The engine's own form of a tensor: the same memory, which later runs may write over. */
export const putTensor = async (tensor: Tensor): Promise<KeptTensor> => new KeptOutput(toEngine(tensor));

/** Runs one graph and hands its outputs over: on the host, or as the engine keeps them. */
export async function runGraph(
  session: GraphSession,
  feeds: SessionFeeds,
  { keep = [], into = {} }: RunOptions = {},
): Promise<RunResult> {
  const targets = Object.entries(into).map(([name, kept]) => [name, engineTensor(kept)] as const);
  const found = await session.run(feeds, Object.fromEntries(targets));
  const outputs: Record<string, Tensor> = {};
  const kept: Record<string, KeptTensor> = { ...into };
  for (const [name, tensor] of Object.entries(found)) {
    if (keep.includes(name)) kept[name] = new KeptOutput(tensor);
    else if (!(name in into)) outputs[name] = fromEngine(name, tensor);
  }
  return { outputs, kept };
}
