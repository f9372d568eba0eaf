import { type Budget, budgetReached, isUsedUp } from '../../contract/budget.ts';
import type { ParameterGroup, StepResult, TrainableTensor, TrainingSession } from '../../engines/engine.ts';
import { counted } from '../../problems/counted.ts';
import { UserError } from '../../problems/userError.ts';
import type { Batch, Evaluator } from '../../tasks/task.ts';
import { BestValue, type WatchedMetric } from './bestValue.ts';
import { ChangeCheck } from './changeCheck.ts';
import { type EvaluationResult, evaluate } from './evaluate.ts';
import { keepRows } from './keepRows.ts';
import { lossScale } from './lossScale.ts';
import { ProgressMeter } from './progressMeter.ts';
import type { Report } from './report.ts';
import { type CheckpointedRun, RunCheckpoints } from './runCheckpoints.ts';
import type { LoopState } from './state.ts';
import { advance, type Position, StepBatches, type TrainingBatches } from './stepBatches.ts';
import type { Timetable } from './timetable.ts';
import { usageMetrics } from './usageMetrics.ts';

/** What one run trains, on what and for how long, opened and ready. */
export interface Trainee {
  readonly session: TrainingSession;
  /** Whether the engine takes the batches of the next step while it computes one. */
  readonly stagesAhead: boolean;
  readonly trainable: readonly TrainableTensor[];
  readonly groups: readonly ParameterGroup[];
  readonly training: TrainingBatches;
  readonly validation: AsyncIterable<Batch> | undefined;
  readonly test: AsyncIterable<Batch> | undefined;
  readonly evaluator: () => Evaluator;
  /** What a loss of 1 is in the unit of the file: numbers may be learned in another one. */
  readonly lossUnit: number;
  readonly timetable: Timetable;
  /** Learning-rate factor at a step, from 1. */
  readonly schedule: (step: number) => number;
  readonly gradientAccumulation: number;
  readonly maxGradientNorm: number | undefined;
  readonly watched: WatchedMetric;
  readonly keepBest: boolean;
  readonly evaluateOnStart: boolean;
}

/** The run folder that an attempt writes, and who may interrupt it. */
export interface AttemptedRun extends CheckpointedRun {
  /** Whether an earlier attempt left something to go on from. */
  readonly resume: boolean;
  readonly report: Report;
  /** Where this attempt stops, with an evaluation, although the run is not over. */
  readonly until?: Budget | undefined;
  /** Whether it is asked to stop; cheap enough to ask between all steps. */
  readonly mustStop: () => Promise<boolean>;
}

/** How an attempt ended; failures are thrown. */
interface TrainedRun {
  readonly state: 'finished' | 'stopped';
  readonly step: number;
  /** Step of the weights that the engine now holds. */
  readonly tunedStep: number;
  /** Why it ended before its last step. */
  readonly message?: string;
}

/** Ends the work under way: the run was asked to stop, or has used its budget up. The message says which. */
class StopRequested extends Error {}

/** One attempt at a run: from its first step, or from the last checkpoint, to its end or to a stop. */
export class TrainingLoop {
  readonly #trainee: Trainee;
  readonly #run: AttemptedRun;
  readonly #batches: StepBatches;
  readonly #meter: ProgressMeter;
  readonly #best: BestValue;
  readonly #checkpoints: RunCheckpoints;
  readonly #changes: ChangeCheck;
  #step = 0;
  /** Step of the weights that the engine holds once training is over. */
  #tunedStep: number | undefined;
  #position: Position = { epoch: 0, batchesDone: 0 };

  constructor(trainee: Trainee, run: AttemptedRun) {
    const { session, stagesAhead, trainable, groups, training, gradientAccumulation, schedule, watched } = trainee;
    const { totalSteps } = trainee.timetable;
    this.#trainee = trainee;
    this.#run = run;
    this.#batches = new StepBatches(training, gradientAccumulation, stagesAhead ? session : undefined);
    this.#meter = new ProgressMeter({ totalSteps, groups, schedule }, run.report);
    this.#best = new BestValue(watched);
    this.#checkpoints = new RunCheckpoints(run, session, trainable, run.report);
    this.#changes = new ChangeCheck(session, { totalSteps, schedule }, run.report);
  }

  /** @throws UserError when the loss is no longer a number. */
  async run(): Promise<TrainedRun> {
    try {
      await this.#train();
      await this.#takeBest();
      await this.#evaluateOn('test', this.#trainee.test);
      return this.#ended('finished', this.#isComplete ? undefined : this.#earlyText());
    } catch (error) {
      if (!(error instanceof StopRequested)) throw error;
      await this.#save();
      await this.#takeBest();
      return this.#ended('stopped', error.message);
    } finally {
      await this.#batches.close();
    }
  }

  async #train(): Promise<void> {
    if (this.#run.resume) await this.#restore();
    await this.#changes.begin(this.#step);
    if (this.#trainee.evaluateOnStart && this.#step === 0) {
      await this.#evaluateOn('before-tuning', this.#trainee.validation);
    }
    for (;;) {
      if (this.#isEvaluationDue()) {
        // First, so that nothing of the steps is lost in an evaluation, which may take longer than they did.
        await this.#save();
        await this.#validate();
      }
      if (this.#isComplete || this.#best.isStale) return;
      if (this.#isUsedUp) throw new StopRequested(budgetReached);
      await this.#stopIfAsked();
      await this.#takeStep();
      await this.#changes.after(this.#step);
      if (this.#trainee.timetable.checkpointsAfter(this.#step) || this.#checkpoints.isOverdue) await this.#save();
    }
  }

  get #isComplete(): boolean {
    return this.#step >= this.#trainee.timetable.totalSteps;
  }

  get #isUsedUp(): boolean {
    const { until } = this.#run;
    return until !== undefined && isUsedUp(until, { step: this.#step, epoch: this.#epochs });
  }

  async #takeStep(): Promise<void> {
    const { session, training, schedule, maxGradientNorm, timetable, lossUnit } = this.#trainee;
    const step = this.#step + 1;
    const { batches, parts } = await this.#batches.at(this.#position);
    const next = advance(this.#position, batches, training.batchesPerEpoch);
    const computed = session.step({
      step,
      batches: parts.map(({ feeds }) => feeds),
      lossScale: lossScale(parts),
      schedule: schedule(step),
      maxGradientNorm,
    });
    if (step < timetable.totalSteps) this.#batches.makeAhead(next);
    const result = await computed;
    this.#reportBeside(step, result);
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) await this.#diverge(step, result);
    this.#step = step;
    this.#position = next;
    const tokens = parts.reduce((sum, batch) => sum + batch.tokens, 0);
    this.#meter.count(step, this.#epochs, tokens, { ...result, loss: result.loss * lossUnit });
  }

  /** Reports what an engine says of a step beside its numbers. */
  #reportBeside(step: number, { note, warning, usage = {} }: StepResult): void {
    const { report } = this.#run;
    if (note) report({ type: 'note', ...note });
    if (warning) report({ type: 'warning', ...warning });
    for (const [name, value] of usageMetrics(usage)) report({ type: 'metric', step, name, value });
  }

  async #diverge(step: number, { loss, gradientNorm }: StepResult): Promise<never> {
    await this.#save();
    this.#run.report({ type: 'metric', step, name: 'loss', value: loss });
    throw new UserError(
      `step ${step}: loss and gradient norm must be finite, got ${loss} and ${gradientNorm}; the tuned weights as of ` +
        `step ${this.#step} are kept; lower training.learning_rate, or look for broken rows in the data`,
    );
  }

  #isEvaluationDue(): boolean {
    const { validation, timetable } = this.#trainee;
    const isNew = this.#step !== this.#best.state.evaluatedStep;
    return validation !== undefined && isNew && (timetable.evaluatesAfter(this.#step) || this.#isUsedUp);
  }

  /** The evaluation that decides what is best. */
  async #validate(): Promise<void> {
    const result = await this.#judge(this.#trainee.validation!);
    const isBetter = this.#best.judge(result.metrics, this.#step);
    this.#meter.lap();
    this.#reportEvaluation('validation', result);
    if (isBetter || !this.#trainee.keepBest) keepRows(this.#run, 'validation', this.#step, result.rows);
    if (isBetter && this.#trainee.keepBest) await this.#checkpoints.saveBest(this.#state);
    this.#meter.restartWindow();
  }

  async #evaluateOn(split: 'before-tuning' | 'test', batches: AsyncIterable<Batch> | undefined): Promise<void> {
    if (batches === undefined) return;
    const result = await this.#judge(batches);
    this.#reportEvaluation(split, result);
    if (split === 'test') keepRows(this.#run, split, this.#tunedStep!, result.rows);
  }

  #judge(batches: AsyncIterable<Batch>): Promise<EvaluationResult> {
    const { session, evaluator, lossUnit } = this.#trainee;
    return evaluate(session, evaluator(), batches, lossUnit, () => this.#stopIfAsked());
  }

  #reportEvaluation(split: 'before-tuning' | 'validation' | 'test', { metrics, seconds }: EvaluationResult): void {
    const [step, epoch] = [this.#step, this.#epochs];
    this.#run.report({ type: 'evaluation', step, epoch, split, metrics: { ...metrics }, seconds });
  }

  /** Asked between two steps or batches. @throws StopRequested */
  async #stopIfAsked(): Promise<void> {
    if (await this.#run.mustStop()) throw new StopRequested('stopped on request');
  }

  /** Goes back to the last checkpoint; an attempt that ended before its first one starts anew. */
  async #restore(): Promise<void> {
    const state = await this.#checkpoints.restore();
    if (state) {
      this.#step = state.step;
      this.#position = { epoch: state.epoch, batchesDone: state.batchesDone };
      this.#meter.restore(state);
      this.#best.restore(state);
    }
    this.#run.report({ type: 'resumed', step: this.#step });
    if (!this.#trainee.keepBest) return;
    this.#best.restore(await this.#checkpoints.reconcileBest(this.#state, this.#isEvaluationDue()));
  }

  /** Writes `last`, unless it is written or the engine may hold other weights than those of the last step. */
  async #save(): Promise<void> {
    if (this.#tunedStep !== undefined || this.#checkpoints.holds(this.#state)) return;
    this.#meter.lap();
    await this.#checkpoints.saveLast(this.#state);
  }

  /** What a run leaves are the weights of its best evaluation, where those are kept. */
  async #takeBest(): Promise<void> {
    if (this.#tunedStep !== undefined) return;
    const { best } = this.#best.state;
    const isTaken = this.#trainee.keepBest && best !== null;
    this.#warnOfNoBest();
    this.#tunedStep = isTaken ? best.step : this.#step;
    if (isTaken) await this.#checkpoints.takeBest(best);
  }

  /** A metric without a value, as a correlation with rows of one number, makes no evaluation the best. */
  #warnOfNoBest(): void {
    const { best, staleEvaluations: judged } = this.#best.state;
    const { keepBest, watched } = this.#trainee;
    if (best !== null || judged === 0 || (!keepBest && watched.patience === undefined)) return;
    const message = `${watched.name} had no value in ${counted(judged, 'evaluation')}, so none is the best and the last weights are kept; set training.early_stopping.metric to another one, or validate on rows that differ`;
    this.#run.report({ type: 'warning', code: 'no-best', message });
  }

  get #state(): LoopState {
    return { step: this.#step, ...this.#position, ...this.#meter.spent, ...this.#best.state };
  }

  /** Epochs done, fractional. */
  get #epochs(): number {
    return this.#position.epoch + this.#position.batchesDone / this.#trainee.training.batchesPerEpoch;
  }

  #earlyText(): string {
    const what = this.#best.state.best === null ? 'had no value' : 'no longer improved';
    return `stopped early: ${this.#trainee.watched.name} ${what}`;
  }

  #ended(state: TrainedRun['state'], message?: string): TrainedRun {
    return { state, step: this.#step, tunedStep: this.#tunedStep!, ...(message !== undefined && { message }) };
  }
}
