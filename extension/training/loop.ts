import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runFiles } from '../contract/run.ts';
import type { Executor, StepResult, TrainableTensor } from '../engines/executor.ts';
import type { MetricDirection } from '../metrics/registry.ts';
import type { WorkContext, WorkOutcome } from '../runs/control/work.ts';
import type { Batch, Evaluator } from '../tasks/task.ts';
import { type EvaluationResult, evaluate } from './evaluate.ts';
import { fingerprints, unmoved } from './movement.ts';
import { freshState, type LoopState } from './state.ts';
import type { Timetable } from './timetable.ts';
import { demandBest, loadCheckpoint, readState, saveCheckpoint } from './trainingCheckpoint.ts';
import { usageMetrics } from './usageMetrics.ts';

/** What the loop trains on: the batches of an epoch depend on nothing but its number. */
export interface TrainingBatches {
  readonly batchesPerEpoch: number;
  /** The batches of an epoch in order, each made when asked for. */
  epoch(epoch: number): { batch(index: number): Promise<Batch> };
}

/** All that the loop needs, opened and ready. */
export interface TrainingSession {
  readonly executor: Executor;
  readonly trainable: readonly TrainableTensor[];
  readonly training: TrainingBatches;
  readonly validation: AsyncIterable<Batch> | undefined;
  readonly test: AsyncIterable<Batch> | undefined;
  readonly evaluator: () => Evaluator;
  readonly timetable: Timetable;
  /** Learning-rate factor at a step, from 1. */
  readonly schedule: (step: number) => number;
  /** Rate of the first parameter group, for the journal. */
  readonly learningRate: number;
  /** Rate of every parameter group, by its name. */
  readonly learningRates?: Readonly<Record<string, number>>;
  readonly gradientAccumulation: number;
  readonly maxGradientNorm: number | undefined;
  /** What decides which checkpoint is best. */
  readonly watched: { readonly name: string; readonly direction: MetricDirection };
  readonly keepBest: boolean;
  readonly evaluateOnStart: boolean;
  /** Evaluations without a better value that end the run. */
  readonly patience: number | undefined;
}

/** Journal lines of progress a run may have: a longer run writes one for several steps. */
const progressLines = 5000;
/** A stopped machine costs at most this much work, however long an epoch is. */
const checkpointEverySeconds = 120;
/** Step after which every tuned tensor must have moved. */
const movementStep = 10;

/** Training that cannot go on; the last good checkpoint is kept. */
class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

/** Ends the work under way: the run was asked to stop. */
class StopRequested extends Error {}

const now = (): string => new Date().toISOString();

/** One attempt at a run: from its first step, or from the last checkpoint, to its end or to a stop. */
export class TrainingLoop {
  readonly #session: TrainingSession;
  readonly #context: WorkContext;
  #state: LoopState = freshState;
  /** Since the last progress event. */
  #window = { steps: 0, loss: 0, tokens: 0, started: performance.now() };
  #clock = performance.now();
  /** What `last` holds. */
  #saved: Pick<LoopState, 'step' | 'evaluatedStep'> = { step: -1, evaluatedStep: -1 };
  /** Training is over: the executor may hold other weights than those of the last step. */
  #isOver = false;
  #savedAt = performance.now();
  /** Batches of the next step, made while one is computed. */
  #ahead: { readonly epoch: number; readonly start: number; readonly batches: Promise<readonly Batch[]> } | undefined;

  constructor(session: TrainingSession, context: WorkContext) {
    this.#session = session;
    this.#context = context;
  }

  /** @throws TrainingError when the loss is no longer a number. */
  async run(): Promise<WorkOutcome> {
    try {
      return await this.#train();
    } catch (error) {
      if (!(error instanceof StopRequested)) throw error;
      await this.#save();
      await this.#takeBest();
      return { state: 'stopped', step: this.#state.step, message: 'stopped on request' };
    } finally {
      // What is read ahead reads files that are closed next.
      await this.#ahead?.batches.catch(() => {});
    }
  }

  async #train(): Promise<WorkOutcome> {
    const { executor, timetable, trainable } = this.#session;
    if (this.#context.resume) await this.#restore();
    const start = this.#state.step < movementStep ? fingerprints(await executor.read()) : undefined;
    const first = this.#state.step;
    if (this.#session.evaluateOnStart && first === 0) await this.#evaluateBeforeTuning();
    for (;;) {
      if (this.#isEvaluationDue()) {
        // First, so that nothing of the steps is lost in an evaluation, which may take longer than they did.
        await this.#save();
        await this.#evaluate();
      }
      if (this.#state.step >= timetable.totalSteps || this.#isStale()) break;
      await this.#attend();
      await this.#step();
      const { step } = this.#state;
      if (start && step === Math.min(first + movementStep, timetable.totalSteps)) {
        const stuck = unmoved(start, fingerprints(await executor.read()));
        if (stuck.length > 0) this.#warnStuck(stuck, trainable.length, first);
      }
      if (timetable.checkpointsAfter(step) || this.#secondsSinceSave() > checkpointEverySeconds) await this.#save();
    }
    await this.#takeBest();
    await this.#test();
    const { step } = this.#state;
    if (step >= timetable.totalSteps) return { state: 'finished', step };
    return { state: 'finished', step, message: `stopped early: ${this.#session.watched.name} no longer improved` };
  }

  /** What a run leaves are the weights of its best evaluation, where those are kept. */
  async #takeBest(): Promise<void> {
    const { executor, keepBest, trainable } = this.#session;
    if (this.#isOver) return;
    this.#isOver = true;
    if (!keepBest || !this.#state.best) return;
    const { folder, record } = this.#context;
    const { tensors, state } = await loadCheckpoint(folder, 'best', trainable, record.id);
    demandBest(folder, state, this.#state.best);
    await executor.write({ ...(await executor.read()), values: tensors.values });
  }

  /** Step of the weights that a run has tuned when it has ended. */
  get tunedStep(): number {
    return this.#isOver && this.#session.keepBest && this.#state.best ? this.#state.best.step : this.#state.step;
  }

  /** Goes back to the last checkpoint; an attempt that ended before its first one starts anew. */
  async #restore(): Promise<void> {
    if (existsSync(join(this.#context.folder, runFiles.last))) {
      const { folder, record } = this.#context;
      const { tensors, state } = await loadCheckpoint(folder, 'last', this.#session.trainable, record.id);
      await this.#session.executor.write(tensors);
      this.#state = state;
      this.#saved = state;
    }
    this.#context.emit({ type: 'resumed', time: now(), step: this.#state.step });
    if (this.#session.keepBest) await this.#restoreBest();
  }

  /** Looks at the best checkpoint now, rather than when it is needed, hours later. */
  async #restoreBest(): Promise<void> {
    const { folder, record } = this.#context;
    if (!existsSync(join(folder, runFiles.best))) {
      if (this.#state.best) this.#forgetBest(this.#state.best.step);
      return;
    }
    const kept = await readState(folder, 'best', record.id);
    // One of a later step is written again when the run comes there.
    if (kept.step > this.#state.step) return;
    if (this.#isEvaluationDue() && kept.best && kept.evaluatedStep === this.#state.step) {
      // An evaluation that ended, with a better value, after `last` was written is told by `best` alone.
      this.#state = { ...this.#state, best: kept.best, staleEvaluations: 0, evaluatedStep: kept.evaluatedStep };
      this.#announce('best', kept.best);
    } else if (this.#state.best) {
      demandBest(folder, kept, this.#state.best);
    }
  }

  #forgetBest(step: number): void {
    this.#state = { ...this.#state, best: null };
    const message = `${runFiles.best} of step ${step} is missing: the best of the evaluations to come takes its place`;
    this.#context.emit({ type: 'warning', time: now(), code: 'best-missing', message });
  }

  #isEvaluationDue(): boolean {
    const { validation, timetable } = this.#session;
    const { step, evaluatedStep } = this.#state;
    return validation !== undefined && step !== evaluatedStep && timetable.evaluatesAfter(step);
  }

  /** Whether the watched metric has not improved for as long as early stopping allows. */
  #isStale(): boolean {
    const { patience } = this.#session;
    return patience !== undefined && this.#state.staleEvaluations >= patience;
  }

  /** Does what was asked for, between two steps or batches. @throws StopRequested */
  async #attend(): Promise<void> {
    let request = await this.#context.poll();
    if (request === 'checkpoint' || request === 'pause') await this.#save();
    if (request === 'pause') {
      while (request !== 'continue' && request !== 'stop') {
        await sleep(100);
        request = await this.#context.poll();
      }
      this.#restartClock();
    }
    if (request === 'stop') throw new StopRequested();
  }

  async #step(): Promise<void> {
    const { executor, training, schedule, maxGradientNorm, timetable } = this.#session;
    const { epoch, batchesDone } = this.#state;
    const step = this.#state.step + 1;
    const batches = await this.#batchesAt(epoch, batchesDone);
    const end = batchesDone + batches.length;
    const done = end === training.batchesPerEpoch;
    const items = batches.reduce((sum, batch) => sum + batch.labelledItems, 0);
    const computed = executor.step({
      step,
      batches: batches.map((batch) => batch.feeds),
      lossScale: items > 0 ? 1 / items : 0,
      schedule: schedule(step),
      maxGradientNorm,
    });
    if (step < timetable.totalSteps) this.#makeAhead(done ? epoch + 1 : epoch, done ? 0 : end);
    const result = await computed;
    if (result.note) this.#context.emit({ type: 'note', time: now(), ...result.note });
    if (result.warning) this.#context.emit({ type: 'warning', time: now(), ...result.warning });
    for (const [name, value] of usageMetrics(result.usage ?? {})) {
      this.#context.emit({ type: 'metric', time: now(), step, name, value });
    }
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) await this.#diverged(step, result);
    const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
    const seconds = this.#lap();
    this.#state = {
      ...this.#state,
      step,
      epoch: done ? epoch + 1 : epoch,
      batchesDone: done ? 0 : end,
      tokens: this.#state.tokens + tokens,
      elapsedSeconds: this.#state.elapsedSeconds + seconds,
    };
    this.#window.steps++;
    this.#window.loss += result.loss;
    this.#window.tokens += tokens;
    const interval = Math.max(1, Math.ceil(timetable.totalSteps / progressLines));
    if (step % interval === 0 || step === timetable.totalSteps) this.#progress(result);
  }

  /** The batches of one step, those that were made ahead where there are such. */
  async #batchesAt(epoch: number, start: number): Promise<readonly Batch[]> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.epoch === epoch && ahead.start === start) return await ahead.batches;
    const { training, gradientAccumulation } = this.#session;
    const source = training.epoch(epoch);
    const end = Math.min(start + gradientAccumulation, training.batchesPerEpoch);
    const batches: Batch[] = [];
    for (let i = start; i < end; i++) batches.push(await source.batch(i));
    return batches;
  }

  /** Has an executor that computes elsewhere get its next batches meanwhile. */
  #makeAhead(epoch: number, start: number): void {
    const { executor } = this.#session;
    if (executor.stage === undefined) return;
    const batches = this.#batchesAt(epoch, start).then((made) => {
      executor.stage!(made.map(({ feeds }) => feeds));
      return made;
    });
    // The step that is to take them tells what went wrong.
    batches.catch(() => {});
    this.#ahead = { epoch, start, batches };
  }

  #progress(result: StepResult): void {
    const { learningRate, learningRates = {}, schedule, timetable } = this.#session;
    const rates = Object.entries(learningRates);
    const { step, tokens, elapsedSeconds } = this.#state;
    const seconds = (performance.now() - this.#window.started) / 1000;
    this.#context.emit({
      type: 'progress',
      time: now(),
      step,
      totalSteps: timetable.totalSteps,
      epoch: this.#epochs(),
      loss: this.#window.loss / this.#window.steps,
      learningRate: learningRate * schedule(step),
      ...(rates.length > 1 && {
        learningRates: Object.fromEntries(rates.map(([name, rate]) => [name, rate * schedule(step)])),
      }),
      gradientNorm: result.gradientNorm,
      tokens,
      tokensPerSecond: this.#window.tokens / seconds,
      elapsedSeconds,
      memoryBytes: process.memoryUsage.rss(),
    });
    this.#window = { steps: 0, loss: 0, tokens: 0, started: performance.now() };
  }

  /** Epochs done, fractional. */
  #epochs(): number {
    return this.#state.epoch + this.#state.batchesDone / this.#session.training.batchesPerEpoch;
  }

  async #diverged(step: number, { loss, gradientNorm }: StepResult): Promise<never> {
    await this.#save();
    this.#context.emit({ type: 'metric', time: now(), step, name: 'loss', value: loss });
    throw new TrainingError(
      `step ${step}: loss and gradient norm must be finite, got ${loss} and ${gradientNorm}; the tuned weights as of ` +
        `step ${this.#state.step} are kept; lower training.learning_rate, or look for broken rows in the data`,
    );
  }

  async #evaluate(): Promise<void> {
    const { watched } = this.#session;
    const result = await this.#judge(this.#session.validation!);
    const { step } = this.#state;
    const value = result.metrics[watched.name];
    if (value === undefined) {
      throw new TrainingError(
        `training.early_stopping.metric: must be one of ${Object.keys(result.metrics).join(', ')}, got ${watched.name}`,
      );
    }
    const best = this.#state.best;
    const better =
      !Number.isNaN(value) &&
      (best === null || (watched.direction === 'higher' ? value > best.value : value < best.value));
    this.#state = {
      ...this.#state,
      best: better ? { name: watched.name, value, step } : best,
      staleEvaluations: better ? 0 : this.#state.staleEvaluations + 1,
      evaluatedStep: step,
      elapsedSeconds: this.#state.elapsedSeconds + this.#lap(),
    };
    this.#evaluated('validation', result);
    if (better && this.#session.keepBest) {
      await this.#write('best');
      this.#announce('best', { name: watched.name, value });
    }
    this.#window.started = performance.now();
  }

  async #evaluateBeforeTuning(): Promise<void> {
    const { validation } = this.#session;
    if (validation) this.#evaluated('before-tuning', await this.#judge(validation));
  }

  async #test(): Promise<void> {
    const { test } = this.#session;
    if (test) this.#evaluated('test', await this.#judge(test));
  }

  #judge(batches: AsyncIterable<Batch>): Promise<EvaluationResult> {
    const { executor, evaluator } = this.#session;
    return evaluate(executor, evaluator(), batches, () => this.#attend());
  }

  #evaluated(split: 'before-tuning' | 'validation' | 'test', { metrics, seconds }: EvaluationResult): void {
    const { step } = this.#state;
    const epoch = this.#epochs();
    this.#context.emit({ type: 'evaluation', time: now(), step, epoch, split, metrics: { ...metrics }, seconds });
  }

  async #save(): Promise<void> {
    const { step, evaluatedStep } = this.#state;
    if (this.#isOver || (this.#saved.step === step && this.#saved.evaluatedStep === evaluatedStep)) return;
    this.#state = { ...this.#state, elapsedSeconds: this.#state.elapsedSeconds + this.#lap() };
    await this.#write('last');
    this.#saved = this.#state;
    this.#savedAt = performance.now();
    this.#announce('last');
  }

  async #write(kind: 'last' | 'best'): Promise<void> {
    const { folder, record } = this.#context;
    const tensors = await this.#session.executor.read();
    this.#context.assertHeld?.();
    await saveCheckpoint(folder, kind, { tensors, state: this.#state }, record.id);
  }

  #announce(kind: 'last' | 'best', metric?: { name: string; value: number }): void {
    const { step } = this.#state;
    this.#context.emit({ type: 'checkpoint', time: now(), step, kind, ...(metric ? { metric } : {}) });
  }

  /** @param first the step before which this attempt began */
  #warnStuck(names: readonly string[], total: number, first: number): void {
    const { step } = this.#state;
    const rates = Array.from({ length: step - first }, (_, i) => this.#session.schedule(first + i + 1));
    const cure = rates.every((rate) => rate === 0)
      ? 'the learning rate is 0 in the first step of a warm-up; raise training.max_steps or training.epochs, or set training.warmup_ratio: 0'
      : 'raise the learning rate, or leave them out';
    const shown = names.slice(0, 5).join(', ');
    const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
    this.#context.emit({
      type: 'warning',
      time: now(),
      code: 'nothing-moves',
      message: `${names.length} of ${total} tuned tensors have not changed after ${step} ${step === 1 ? 'step' : 'steps'}: ${shown}${more}; ${cure}`,
    });
  }

  #secondsSinceSave(): number {
    return (performance.now() - this.#savedAt) / 1000;
  }

  /** Seconds since the last lap. */
  #lap(): number {
    const seconds = (performance.now() - this.#clock) / 1000;
    this.#clock = performance.now();
    return seconds;
  }

  #restartClock(): void {
    this.#clock = performance.now();
    this.#window.started = this.#clock;
  }
}
