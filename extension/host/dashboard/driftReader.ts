import type { TensorChange } from '../../contract/panel.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';

export interface DriftReaderOptions {
  /** Starts a process. */
  readonly driftOf: (run: RunEntry, signal: AbortSignal) => Promise<readonly TensorChange[]>;
  readonly onRead: (folder: string, drift: readonly TensorChange[]) => void;
  readonly onError: (error: unknown) => void;
}

/** After reading for a second, a running run is left alone for so many: the reader must not take its processor. */
const restFactor = 10;

/** Reads how far tuned tensors moved, of the run that is looked at alone, one process at a time. */
export class DriftReader {
  readonly #options: DriftReaderOptions;
  readonly #read = new Map<string, string>();
  #wanted: RunEntry | undefined;
  #reading: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restUntilMs = 0;

  constructor(options: DriftReaderOptions) {
    this.#options = options;
  }

  /** This run is looked at, as it is now; undefined for none. */
  want(run: RunEntry | undefined): void {
    this.#wanted = run;
    this.#next();
  }

  /** Ends what is under way. */
  close(): void {
    this.#wanted = undefined;
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  #next(): void {
    clearTimeout(this.#timer);
    const run = this.#wanted;
    if (run === undefined || this.#reading !== undefined) return;
    const stamp = stampOf(run);
    if (this.#read.get(run.folder) === stamp) return;
    const restMs = run.state === 'running' ? this.#restUntilMs - Date.now() : 0;
    if (restMs > 0) this.#timer = setTimeout(() => this.#next(), restMs);
    else void this.#readOne(run, stamp);
  }

  async #readOne(run: RunEntry, stamp: string): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    const startedMs = Date.now();
    try {
      const drift = await this.#options.driftOf(run, reading.signal);
      if (drift.length > 0 && !reading.signal.aborted) this.#options.onRead(run.folder, drift);
    } catch (error) {
      if (!reading.signal.aborted) this.#options.onError(error);
    }
    const nowMs = Date.now();
    this.#restUntilMs = nowMs + restFactor * (nowMs - startedMs);
    // What cannot be read is not tried again before there is news.
    if (!reading.signal.aborted) this.#read.set(run.folder, stamp);
    this.#reading = undefined;
    this.#next();
  }
}

/** Changes with every checkpoint that drift is read from. */
const stampOf = ({ state, summary }: RunEntry): string => `${state} ${summary.best?.step ?? ''}`;
