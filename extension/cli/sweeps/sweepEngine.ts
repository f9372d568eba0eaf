import type { Where } from '../../experiments/file/sweep.ts';
import type { Cli } from '../cli.ts';
import type { StoredSweep } from './storedSweep.ts';

/** What does a sweep's runs: this machine, or a cluster. Whoever starts, stops or looks at a sweep need not know which. */
export interface SweepEngine<Place extends Where> {
  /** Whether `start` returns while runs go on, whatever becomes of this process. */
  readonly isDetached: boolean;
  /** @throws UserError where it cannot do a sweep's runs from here: asked before a sweep is made */
  demand(): Promise<void>;
  /** Has everything done that a sweep still lacks, from its beginning or from where it was stopped. @returns the exit code */
  start(cli: Cli, sweep: StoredSweep, where: Place): Promise<number>;
  /** Ends with checkpoints what it has under way of a sweep. @returns what that was, in words; undefined: the sweep was never here */
  stop(sweep: StoredSweep): Promise<string | undefined>;
  /** What it does for a sweep that no run tells. */
  news(sweep: StoredSweep): Promise<EngineNews>;
}

/** What an engine says of a sweep. */
interface EngineNews {
  /** For people, a line each. */
  readonly lines: readonly string[];
  /** For programs, beside what is told of every sweep. */
  readonly facts: object;
}
