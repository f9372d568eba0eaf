import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runFiles } from '../../contract/run.ts';
import type { TrainableTensor, TrainingSession } from '../../engines/engine.ts';
import type { Judged } from './bestValue.ts';
import type { Report } from './report.ts';
import type { LoopState } from './state.ts';
import { demandBest, loadCheckpoint, readState, saveCheckpoint } from './trainingCheckpoint.ts';

/** A stopped machine costs at most this much work, however long an epoch is. */
const overdueAfterMs = 120_000;

/** The run that checkpoints belong to. */
export interface CheckpointedRun {
  readonly folder: string;
  readonly id: string;
  /** @throws RunError when another attempt has taken the run over, and nothing more may be written */
  readonly assertHeld: () => void;
}

/** The two checkpoints of a run: where to go on from, and the best so far. */
export class RunCheckpoints {
  readonly #run: CheckpointedRun;
  readonly #session: TrainingSession;
  readonly #trainable: readonly TrainableTensor[];
  readonly #report: Report;
  /** The state that `last` holds. */
  #saved: Pick<LoopState, 'step' | 'evaluatedStep'> = { step: -1, evaluatedStep: -1 };
  #savedAt = performance.now();

  constructor(run: CheckpointedRun, session: TrainingSession, trainable: readonly TrainableTensor[], report: Report) {
    this.#run = run;
    this.#session = session;
    this.#trainable = trainable;
    this.#report = report;
  }

  get isOverdue(): boolean {
    return performance.now() - this.#savedAt > overdueAfterMs;
  }

  /** Whether `last` holds this state already. */
  holds({ step, evaluatedStep }: LoopState): boolean {
    return this.#saved.step === step && this.#saved.evaluatedStep === evaluatedStep;
  }

  async saveLast(state: LoopState): Promise<void> {
    await this.#write('last', state);
    this.#saved = state;
    this.#savedAt = performance.now();
    this.#report({ type: 'checkpoint', step: state.step, kind: 'last' });
  }

  async saveBest(state: LoopState): Promise<void> {
    await this.#write('best', state);
    this.#announceBest(state.step, state.best!);
  }

  /** Goes back to the last checkpoint. @returns undefined when an earlier attempt ended before its first one */
  async restore(): Promise<LoopState | undefined> {
    if (!this.#exists('last')) return undefined;
    const { tensors, state } = await loadCheckpoint(this.#run.folder, 'last', this.#trainable, this.#run.id);
    await this.#session.write(tensors);
    this.#saved = state;
    return state;
  }

  /**
   * Looks at the best checkpoint of a run that goes on now, rather than when it is needed, hours later.
   * @returns what the run's evaluations have decided
   */
  async reconcileBest(state: LoopState, isEvaluationDue: boolean): Promise<Judged> {
    if (!this.#exists('best')) return state.best ? this.#withoutBest(state, state.best.step) : state;
    const kept = await readState(this.#run.folder, 'best', this.#run.id);
    // One of a later step is written again when the run comes there.
    if (kept.step > state.step) return state;
    if (isEvaluationDue && kept.best && kept.evaluatedStep === state.step) {
      // An evaluation that ended, with a better value, after `last` was written is told by `best` alone.
      this.#announceBest(state.step, kept.best);
      return { best: kept.best, staleEvaluations: 0, evaluatedStep: kept.evaluatedStep };
    }
    if (state.best) demandBest(this.#run.folder, kept, state.best);
    return state;
  }

  /** Puts the best weights into the engine. */
  async takeBest(best: NonNullable<LoopState['best']>): Promise<void> {
    const { folder, id } = this.#run;
    const { tensors, state } = await loadCheckpoint(folder, 'best', this.#trainable, id);
    demandBest(folder, state, best);
    await this.#session.write({ ...(await this.#session.read()), values: tensors.values });
  }

  #exists(kind: 'last' | 'best'): boolean {
    return existsSync(join(this.#run.folder, runFiles[kind]));
  }

  async #write(kind: 'last' | 'best', state: LoopState): Promise<void> {
    const tensors = await this.#session.read();
    this.#run.assertHeld();
    await saveCheckpoint(this.#run.folder, kind, { tensors, state }, this.#run.id);
  }

  #announceBest(step: number, { name, value }: NonNullable<LoopState['best']>): void {
    this.#report({ type: 'checkpoint', step, kind: 'best', metric: { name, value } });
  }

  #withoutBest(state: LoopState, step: number): Judged {
    const message = `${runFiles.best} of step ${step} is missing: the best of the evaluations to come takes its place`;
    this.#report({ type: 'warning', code: 'best-missing', message });
    return { ...state, best: null };
  }
}
