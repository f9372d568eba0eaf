import type { Budget } from '../../contract/budget.ts';
import type { JournalEvent } from '../../contract/journal.ts';
import type { RunRecord } from '../../contract/run.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';

/** What a worker has to talk to the outside with. */
export interface WorkContext {
  readonly folder: string;
  readonly record: RunRecord;
  /** Whether an earlier attempt left a journal: continue from `last.safetensors` and emit `resumed`. */
  readonly resume: boolean;
  /** Where to stop with a checkpoint and an evaluation, to go on later: a rung of a search. */
  readonly until?: Budget | undefined;
  /** Threads of the engine where the config leaves them open; undefined: as many as it likes. */
  readonly threads?: number | undefined;
  /** How to start processes that try a device; without it `device: auto` is the CPU. */
  readonly trainer?: TrainerProgram;
  /**
   * To be asked before anything is written beside the journal.
   * @throws RunError `superseded` when another attempt, on another host perhaps, has taken the run over.
   */
  assertHeld?(): void;
  /**
   * Appends to the journal and keeps `summary.json` fresh. `hello` comes first; `end` is not emitted: it is written
   * from the outcome.
   * @throws JournalError when the run folder cannot be written (disk full, deleted).
   */
  emit(event: Exclude<JournalEvent, { type: 'end' }>): void;
  /**
   * Whether it is asked to stop; cheap enough to await between all steps. Lets the event loop turn once, so that a
   * supervisor that has gone is noticed: that is a stop request too.
   */
  mustStop(): Promise<boolean>;
}

/** How the work ended; failures are thrown. `message` says why it stopped. */
export interface WorkOutcome {
  readonly state: 'finished' | 'stopped';
  readonly step: number;
  readonly message?: string;
}

/** Trains, or goes on training, a run; called in the worker process. */
export type Work = (context: WorkContext) => Promise<WorkOutcome>;

/** Work on one run after another, and what stays open between them. */
export interface OpenWork {
  readonly work: Work;
  /** Ends what was started for the runs. */
  close(): Promise<void>;
}
