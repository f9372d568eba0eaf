import { topological } from '../../graph/node.ts';
import { serializeGraph } from '../../graph/serialize.ts';
import { elements, type Feeds } from '../../graph/tensor.ts';
import { bindFeeds } from '../bindFeeds.ts';
import type {
  GradientRequest,
  Gradients,
  OpenOptions,
  StepRequest,
  StepResult,
  TensorValues,
  TrainableState,
  TrainableTensor,
  TrainingProgram,
  TrainingSession,
} from '../engine.ts';
import { HostTensors, partShape, stateValues } from '../hostTensors.ts';
import { slotNames } from '../optimizers/optimizer.ts';
import { describeFrozen, type NamedTensor } from './frames.ts';
import { gradientResult, readResult, type StepNews, stepResult } from './messages.ts';
import { graphInputs, type TorchProgram, TorchSession } from './torchSession.ts';

/** Tensors travel in frames of at most about this size. */
const frameBytes = 256 * 1024 * 1024;

/** Optimizers that the program has in a fused form, on the device. */
export const fusedOptimizers: readonly string[] = ['adamw'];

/** A program in training in a torch process. */
export class TorchTraining extends TorchSession<'evaluation'> implements TrainingSession {
  readonly #program: TrainingProgram;
  readonly #inputs: ReturnType<typeof graphInputs>;
  /** Where the program cannot compute the optimizer, this process does. */
  readonly #host: HostTensors | undefined;
  /** Batches that were sent ahead, and the answer to that. */
  #staged: { readonly batches: readonly Feeds[]; readonly sent: Promise<unknown> } | undefined;
  /** Into how many parts batches are split, as far as it has been reported. */
  #partsReported = 1;

  private constructor(torch: TorchProgram, number: number, program: TrainingProgram) {
    super(torch, number, { evaluation: program.evaluation });
    this.#program = program;
    this.#inputs = graphInputs(program.training).filter(({ attributes: { name } }) => !ownInputs.has(name));
    this.#host = fusedOptimizers.includes(program.optimizer.name) ? undefined : new HostTensors(program);
  }

  /**
   * Sends graphs and frozen weights (those in files by their names only), then the first values.
   * @throws Error when the program's parts do not fit together
   */
  static async open(torch: TorchProgram, program: TrainingProgram, options: OpenOptions): Promise<TorchTraining> {
    checkParameters(program);
    const number = torch.newNumber();
    const session = new TorchTraining(torch, number, program);
    const { described, sent } = describeFrozen(program.frozen);
    const { optimizer } = program;
    await session.request(
      'open',
      {
        training: serializeGraph(program.training),
        evaluation: serializeGraph(program.evaluation),
        trainable: program.trainable,
        groups: program.groups,
        optimizer: fusedOptimizers.includes(optimizer.name) ? { name: optimizer.name, ...optimizer.settings } : null,
        seed: program.seed,
        threads: options.threads,
        precision: options.precision ?? 'fp32',
        compile: options.compile ?? 'off',
        expectedSteps: options.expectedSteps ?? 0,
        device: torch.device,
        frozen: described,
      },
      sent,
    );
    await session.write(program.initial);
    return session;
  }

  stage(batches: readonly Feeds[]): void {
    const sent = this.request('stage', { batches: batches.length }, this.#tensorsOf(batches));
    // The step that is to take them reports what went wrong.
    sent.catch(() => {});
    this.#staged = { batches, sent };
  }

  async gradients({ step, batches, lossScale }: GradientRequest): Promise<Gradients> {
    const request = { step, lossScale, batches: batches.length };
    const { header, tensors } = await this.request('gradients', request, this.#tensorsOf(batches));
    const gradients = new Map([...tensors].map(([name, { data }]) => [name, data as Float32Array]));
    return { loss: gradientResult.parse(header).loss, gradients };
  }

  async step(request: StepRequest): Promise<StepResult> {
    return this.#host ? await this.#stepHere(this.#host, request) : await this.#fusedStep(request);
  }

  async read(): Promise<TrainableState> {
    if (this.#host) return this.#host.read();
    let settled: TrainableState['settled'];
    const read = async (part: string) => {
      const found = new Map<string, Float32Array>();
      for (const group of inFrames(this.#program.trainable)) {
        const names = group.map(({ name }) => name);
        const { header, tensors } = await this.request('read', { part, names });
        settled = readResult.parse(header).settled;
        for (const [name, { data }] of tensors) found.set(name, data as Float32Array);
      }
      return found;
    };
    const slots: Record<string, TensorValues> = {};
    const values = await read('values');
    for (const slot of slotNames(this.#program.optimizer)) slots[slot] = await read(slot);
    return { values, slots, ...(settled && { settled }) };
  }

  async write(state: TrainableState): Promise<void> {
    this.#host?.write(state);
    const { settled = {} } = state;
    this.#partsReported = settled.parts ?? 1;
    await this.#send('values', state.values, { settled });
    if (this.#host) return;
    for (const slot of slotNames(this.#program.optimizer)) await this.#send(slot, state.slots[slot]);
  }

  async #fusedStep({ step, batches, lossScale, schedule, maxGradientNorm }: StepRequest): Promise<StepResult> {
    const staged = this.#staged;
    this.#staged = undefined;
    const request = { step, lossScale, schedule, maxGradientNorm, batches: batches.length };
    const isStaged =
      staged?.batches.length === batches.length && staged.batches.every((feeds, i) => feeds === batches[i]);
    const [{ header }] = await Promise.all(
      isStaged
        ? [this.request('step', { ...request, staged: true }), staged.sent]
        : [this.request('step', request, this.#tensorsOf(batches))],
    );
    const { loss, gradientNorm, parts = 1, compile, usage } = stepResult.parse(header);
    const news = { ...(compile && compileNews(compile)), ...(usage && { usage }) };
    if (parts <= this.#partsReported) return { loss, gradientNorm, ...news };
    this.#partsReported = parts;
    return { loss, gradientNorm, ...news, warning: splitWarning(batches, parts) };
  }

  async #stepHere(host: HostTensors, request: StepRequest): Promise<StepResult> {
    const loss = await host.accumulate([request], async () => {
      const found = await this.gradients(request);
      for (const { name, gradient } of host.dense) gradient.data.set(found.gradients.get(name)!);
      return found.loss;
    });
    const gradientNorm = host.update(loss, request);
    if (Number.isFinite(gradientNorm)) await this.#send('values', host.read().values);
    return { loss, gradientNorm };
  }

  /** Writes a part of the state; a slot that is absent is zero, as a fresh optimizer has it. */
  async #send(part: string, from: TensorValues | undefined, more: Pick<TrainableState, 'settled'> = {}): Promise<void> {
    for (const group of inFrames(this.#program.trainable)) {
      const tensors = group.map((tensor): NamedTensor => {
        const shape = partShape(tensor, part);
        const fresh = () => this.#program.optimizer.init(elements(shape))[part]!;
        return [tensor.name, { dtype: 'f32', shape, data: stateValues(tensor, part, from) ?? fresh() }];
      });
      await this.request('write', { part, ...more }, tensors);
    }
  }

  /** Inputs of micro-batches: `i/name` is the input `name` of batch i. */
  #tensorsOf(batches: readonly Feeds[]): NamedTensor[] {
    return batches.flatMap((feeds, i) =>
      bindFeeds(this.#inputs, feeds).tensors.map(([name, tensor]): NamedTensor => [`${i}/${name}`, tensor]),
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

/** Trainable tensors in groups, each of which fits into one frame; a larger tensor is a group by itself. */
function inFrames(trainable: readonly TrainableTensor[]): TrainableTensor[][] {
  const groups: TrainableTensor[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const tensor of trainable) {
    bytes += 4 * elements(tensor.shape);
    if (bytes > frameBytes) {
      groups.push([]);
      bytes = 4 * elements(tensor.shape);
    }
    groups.at(-1)!.push(tensor);
  }
  return groups;
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
