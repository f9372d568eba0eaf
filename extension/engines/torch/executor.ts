import { type Node, topological } from '../../graph/node.ts';
import { serializeGraph } from '../../graph/serialize.ts';
import type { Feeds, Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import { bindFeeds } from '../bindFeeds.ts';
import type {
  Executor,
  StepRequest,
  StepResult,
  TrainableState,
  TrainableTensor,
  TrainingProgram,
} from '../executor.ts';
import type { NamedTensor } from './frames.ts';
import { type StepNews, stepResult } from './messages.ts';
import type { Peer } from './peer.ts';

const parts = ['values', 'moment1', 'moment2'] as const;
type Part = (typeof parts)[number];

/** Tensors travel in frames of at most about this size. */
const frameBytes = 256 * 1024 * 1024;

/** Runs a program in a torch process that has said hello. Closing the executor ends the process. */
export class TorchExecutor implements Executor {
  readonly #peer: Peer;
  readonly #program: TrainingProgram;
  readonly #trainingInputs: readonly Node<'input'>[];
  readonly #evaluationInputs: readonly Node<'input'>[];
  /** Batches that were sent ahead, and the answer to that. */
  #staged: { readonly batches: readonly Feeds[]; readonly sent: Promise<unknown> } | undefined;
  /** Into how many parts batches are split, as far as it has been told. */
  #partsTold = 1;

  private constructor(peer: Peer, program: TrainingProgram) {
    this.#peer = peer;
    this.#program = program;
    this.#trainingInputs = inputsOf(program.training).filter(({ attributes: { name } }) => !ownInputs.has(name));
    this.#evaluationInputs = inputsOf(program.evaluation);
  }

  /**
   * Sends graphs and frozen weights (those in files by their names only), then the first values.
   * @param device as torch names it: `cpu`, `cuda:0`
   * @throws Error when the program's parts do not fit together
   */
  static async open(
    peer: Peer,
    device: string,
    program: TrainingProgram,
    initial: TrainableState,
  ): Promise<TorchExecutor> {
    checkParameters(program);
    const { training, evaluation, trainable, groups, optimizer, seed, threads } = program;
    const frozen = [...program.frozen].map(([name, tensor]) => ({
      name,
      shape: tensor.shape,
      ...(tensor.kind === 'file' ? { file: tensor.file, offset: tensor.offset } : {}),
    }));
    const sent = [...program.frozen].flatMap(([name, tensor]): NamedTensor[] =>
      tensor.kind === 'memory' ? [[name, { dtype: 'f32', shape: tensor.shape, data: tensor.data }]] : [],
    );
    await peer.request(
      'open',
      {
        training: serializeGraph(training),
        evaluation: serializeGraph(evaluation),
        trainable,
        groups,
        optimizer,
        seed,
        threads,
        precision: program.precision ?? 'fp32',
        compile: program.compile ?? 'off',
        expectedSteps: program.expectedSteps ?? 0,
        device,
        frozen,
      },
      sent,
    );
    const executor = new TorchExecutor(peer, program);
    await executor.write(initial);
    return executor;
  }

  stage(batches: readonly Feeds[]): void {
    const sent = this.#peer.request('stage', { batches: batches.length }, this.#tensorsOf(batches));
    // The step that is to take them tells what went wrong.
    sent.catch(() => {});
    this.#staged = { batches, sent };
  }

  async step({ step, batches, lossScale, schedule, maxGradientNorm }: StepRequest): Promise<StepResult> {
    const staged = this.#staged;
    this.#staged = undefined;
    const request = { step, lossScale, schedule, maxGradientNorm, batches: batches.length };
    const isStaged =
      staged?.batches.length === batches.length && staged.batches.every((feeds, i) => feeds === batches[i]);
    const [{ header }] = await Promise.all(
      isStaged
        ? [this.#peer.request('step', { ...request, staged: true }, []), staged.sent]
        : [this.#peer.request('step', request, this.#tensorsOf(batches))],
    );
    const { loss, gradientNorm, parts = 1, compile, usage } = stepResult.parse(header);
    const news = { ...(compile && compileNews(compile)), ...(usage && { usage }) };
    if (parts <= this.#partsTold) return { loss, gradientNorm, ...news };
    this.#partsTold = parts;
    return { loss, gradientNorm, ...news, warning: splitWarning(batches, parts) };
  }

  async evaluate(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>> {
    const { tensors } = await this.#peer.request('evaluate', {}, bindFeeds(this.#evaluationInputs, feeds).tensors);
    return Object.fromEntries(tensors);
  }

  async read(): Promise<TrainableState> {
    const read = async (part: Part) => {
      const found = new Map<string, Float32Array>();
      for (const group of inFrames(this.#program.trainable)) {
        const names = group.map(({ name }) => name);
        const { tensors } = await this.#peer.request('read', { part, names }, []);
        for (const [name, { data }] of tensors) found.set(name, data as Float32Array);
      }
      return found;
    };
    return { values: await read('values'), moment1: await read('moment1'), moment2: await read('moment2') };
  }

  async write(state: TrainableState): Promise<void> {
    for (const part of parts) {
      for (const group of inFrames(this.#program.trainable)) {
        const tensors = group.map((tensor): NamedTensor => [tensor.name, stateTensor(tensor, part, state)]);
        await this.#peer.request('write', { part }, tensors);
      }
    }
  }

  close(): Promise<void> {
    return this.#peer.close();
  }

  /** Inputs of micro-batches: `i/name` is the input `name` of batch i. */
  #tensorsOf(batches: readonly Feeds[]): NamedTensor[] {
    return batches.flatMap((feeds, i) =>
      bindFeeds(this.#trainingInputs, feeds).tensors.map(([name, tensor]): NamedTensor => [`${i}/${name}`, tensor]),
    );
  }
}

function compileNews(news: NonNullable<StepNews['compile']>): Pick<StepResult, 'note' | 'warning'> {
  const code = 'compile';
  if ('seconds' in news) {
    return { note: { code, message: `compiled the training graph with the first step, in ${news.seconds} s` } };
  }
  const message = `compile: auto goes on without compiling: ${news.problem}; set compile: off to do so at once`;
  return { warning: { code, message } };
}

function splitWarning(batches: readonly Feeds[], parts: number): { readonly code: string; readonly message: string } {
  const rows = Math.max(...batches.map((feeds) => Math.max(...Object.values(feeds).map(({ shape }) => shape[0] ?? 0))));
  return {
    code: 'memory',
    message:
      `batches of ${rows} rows do not fit into the memory of the device and are computed in ${parts} parts; ` +
      `batch_size: ${Math.ceil(rows / parts)} with gradient_accumulation: ${parts * batches.length} gives the same ` +
      'result without trying larger ones first',
  };
}

/** Inputs that the program makes itself. */
const ownInputs = new Set(['loss_scale', 'dropout_offsets']);

const inputsOf = (graph: Graph): Node<'input'>[] =>
  topological(Object.values(graph.outputs)).filter((node): node is Node<'input'> => node.op === 'input');

const size = (shape: readonly number[]): number => shape.reduce((n, dim) => n * dim, 1);

/** Trainable tensors in groups, each of which fits into one frame; a larger tensor is a group by itself. */
function inFrames(trainable: readonly TrainableTensor[]): TrainableTensor[][] {
  const groups: TrainableTensor[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const tensor of trainable) {
    bytes += 4 * size(tensor.shape);
    if (bytes > frameBytes) {
      groups.push([]);
      bytes = 4 * size(tensor.shape);
    }
    groups.at(-1)!.push(tensor);
  }
  return groups;
}

/**
 * A tensor of the state as it is sent; absent moments are those of a fresh optimizer, zero.
 * @throws Error when the values are missing or have another number of elements
 */
function stateTensor({ name, shape }: TrainableTensor, part: Part, state: TrainableState): Tensor {
  const data = state[part].get(name);
  if (data ? data.length !== size(shape) : part === 'values') {
    throw new Error(`${name}: ${part} must have the shape [${shape}], got ${data?.length ?? 'no'} elements`);
  }
  return { dtype: 'f32', shape, data: data ?? new Float32Array(size(shape)) };
}

/** @throws Error when a parameter of a graph has no values, or a tuned tensor no part in the loss */
function checkParameters({ training, evaluation, trainable, frozen }: TrainingProgram): void {
  const tuned = new Set(trainable.map(({ name }) => name));
  const inLoss = new Set<string>();
  for (const graph of [training, evaluation]) {
    for (const node of topological(Object.values(graph.outputs))) {
      if (node.op !== 'parameter') continue;
      const { name, shape, trainable: tunes } = node.attributes;
      if (graph === training) inLoss.add(name);
      const values = frozen.get(name);
      if (tunes && !tuned.has(name)) {
        throw new Error(`${name}: the graph wants to tune it, got no values; add it to the program`);
      }
      if (!tunes && values?.shape.join() !== shape.join()) {
        const got = values ? `f32[${values.shape.join()}]` : 'none';
        throw new Error(
          `${name}: the graph needs frozen values f32[${shape.join()}], got ${got}; add them to the program`,
        );
      }
    }
  }
  const idle = trainable.find(({ name }) => !inLoss.has(name));
  if (idle)
    throw new Error(`${idle.name}: is to be tuned but has no part in the loss; take it out of the tuned tensors`);
}
