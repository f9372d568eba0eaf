import type { TrainingSession } from '../../engines/engine.ts';
import type { Batch } from '../../tasks/task.ts';

/** The batches to train on: those of an epoch depend on nothing but its number. */
export interface TrainingBatches {
  readonly batchesPerEpoch: number;
  /** The batches of an epoch in order, each made when asked for, in the parts that are computed one after the other. */
  epoch(epoch: number): { parts(index: number): Promise<readonly Batch[]> };
}

/** Between two optimizer steps: the epoch under way, from 0, and how many of its batches are done. */
export interface Position {
  readonly epoch: number;
  readonly batchesDone: number;
}

/** The position after `count` batches more, none of which lies in another epoch. */
export function advance({ epoch, batchesDone }: Position, count: number, batchesPerEpoch: number): Position {
  const end = batchesDone + count;
  return end === batchesPerEpoch ? { epoch: epoch + 1, batchesDone: 0 } : { epoch, batchesDone: end };
}

/** What a step computes. */
interface StepParts {
  /** How many batches they are the parts of. */
  readonly batches: number;
  readonly parts: readonly Batch[];
}

/** Makes the batches of one optimizer step after another, those of the next one ahead where the engine takes them early. */
export class StepBatches {
  readonly #source: TrainingBatches;
  readonly #perStep: number;
  readonly #session: Pick<TrainingSession, 'stage'> | undefined;
  #ahead: { readonly at: Position; readonly made: Promise<StepParts> } | undefined;

  /**
   * @param perStep micro-batches of a step; the last step of an epoch may have fewer
   * @param session takes the batches of the next step early; absent: they are made when they are needed
   */
  constructor(source: TrainingBatches, perStep: number, session?: Pick<TrainingSession, 'stage'>) {
    this.#source = source;
    this.#perStep = perStep;
    this.#session = session;
  }

  /** The batches of the step that begins at a position, those made ahead where there are such. */
  async at(position: Position): Promise<StepParts> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.at.epoch === position.epoch && ahead.at.batchesDone === position.batchesDone) return await ahead.made;
    const epoch = this.#source.epoch(position.epoch);
    const end = Math.min(position.batchesDone + this.#perStep, this.#source.batchesPerEpoch);
    const parts: Batch[] = [];
    for (let i = position.batchesDone; i < end; i++) parts.push(...(await epoch.parts(i)));
    return { batches: end - position.batchesDone, parts };
  }

  /** Makes the batches of the next step and stages them, while this one is computed by an engine that computes elsewhere. */
  makeAhead(position: Position): void {
    const session = this.#session;
    if (session === undefined) return;
    const made = this.at(position).then((step) => {
      session.stage(step.parts.map(({ feeds }) => feeds));
      return step;
    });
    // The step that takes them reports what went wrong.
    made.catch(() => {});
    this.#ahead = { at: position, made };
  }

  /** Waits for what is being made: it reads files that are closed next. */
  async close(): Promise<void> {
    await this.#ahead?.made.catch(() => {});
  }
}
