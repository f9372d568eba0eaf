import { type Node, topological } from '../../graph/node.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { DType, Graph } from '../../graph/value.ts';
import { bindFeeds } from '../bindFeeds.ts';
import type { KeptTensor, RunOptions, RunResult, Session, SessionFeeds } from '../engine.ts';
import type { NamedTensor } from './frames.ts';
import { runResult } from './messages.ts';
import type { Answer, Peer } from './peer.ts';

/** A torch program that has said hello, where it computes, and numbers for what is opened and kept there. */
export interface TorchProgram {
  readonly peer: Peer;
  /** As torch names it: `cpu`, `cuda:0`. */
  readonly device: string;
  /** A number that nothing else in the program has. */
  newNumber(): number;
}

/** Graphs that are open in a torch program. */
export class TorchSession<G extends string> implements Session<G> {
  readonly #program: TorchProgram;
  readonly #number: number;
  readonly #inputs: ReadonlyMap<string, readonly Node<'input'>[]>;

  constructor(program: TorchProgram, number: number, graphs: Readonly<Record<G, Graph>>) {
    this.#program = program;
    this.#number = number;
    this.#inputs = new Map(Object.entries<Graph>(graphs).map(([name, graph]) => [name, graphInputs(graph)]));
  }

  async run(graph: G, feeds: SessionFeeds, { keep = [], into = {} }: RunOptions = {}): Promise<RunResult> {
    const bound = bindFeeds(this.#inputs.get(graph)!, feeds).tensors;
    const sent: NamedTensor[] = [];
    const fed: Record<string, number> = {};
    for (const [name, tensor] of bound) {
      if ('data' in tensor) sent.push([name, tensor]);
      else fed[name] = numberOf(tensor);
    }
    const { header, tensors } = await this.request(
      'run',
      {
        graph,
        keep: Object.fromEntries(keep.map((name) => [name, this.#program.newNumber()])),
        into: Object.fromEntries(Object.entries(into).map(([name, tensor]) => [name, numberOf(tensor)])),
        kept: fed,
      },
      sent,
    );
    const { kept = {} } = runResult.parse(header);
    const made = Object.entries(kept)
      .filter(([name]) => !(name in into))
      .map(([name, { number, dtype, shape }]) => [name, new TorchTensor(this.#program, number, dtype, shape)] as const);
    return { outputs: Object.fromEntries(tensors), kept: { ...into, ...Object.fromEntries(made) } };
  }

  async put(tensor: Tensor): Promise<KeptTensor> {
    const number = this.#program.newNumber();
    await this.#program.peer.request('put', { tensor: number, device: this.#program.device }, [['tensor', tensor]]);
    return new TorchTensor(this.#program, number, tensor.dtype, tensor.shape);
  }

  /** Frees what the session holds in the program. Nothing waits for it: a program that is gone holds nothing. */
  async close(): Promise<void> {
    this.request('close').catch(() => {});
  }

  /** A request about this session. */
  protected request(
    type: string,
    fields: Readonly<Record<string, unknown>> = {},
    tensors: readonly NamedTensor[] = [],
  ): Promise<Answer> {
    return this.#program.peer.request(type, { session: this.#number, ...fields }, tensors);
  }
}

/** A tensor in the memory of a torch program's device. */
class TorchTensor implements KeptTensor {
  readonly #program: TorchProgram;
  readonly number: number;
  readonly dtype: DType;
  readonly shape: readonly number[];

  constructor(program: TorchProgram, number: number, dtype: DType, shape: readonly number[]) {
    this.#program = program;
    this.number = number;
    this.dtype = dtype;
    this.shape = shape;
  }

  async clone(): Promise<KeptTensor> {
    const number = this.#program.newNumber();
    await this.#program.peer.request('clone', { tensor: number, from: this.number }, []);
    return new TorchTensor(this.#program, number, this.dtype, this.shape);
  }

  async fetch(): Promise<Tensor> {
    const { tensors } = await this.#program.peer.request('fetch', { tensor: this.number }, []);
    return tensors.get('tensor')!;
  }

  async release(): Promise<void> {
    await this.#program.peer.request('release', { tensor: this.number }, []);
  }
}

function numberOf(tensor: KeptTensor): number {
  if (tensor instanceof TorchTensor) return tensor.number;
  throw new Error('a kept tensor must be one of this engine; fetch it from the other one');
}

export const graphInputs = (graph: Graph): Node<'input'>[] =>
  topological(Object.values(graph.outputs)).filter((node) => node.op === 'input');
