export interface SideReaderOptions<Wanted, Answer> {
  /** Starts a process. Undefined: there is nothing to tell. */
  readonly read: (wanted: Wanted, signal: AbortSignal) => Promise<Answer | undefined>;
  readonly keyOf: (wanted: Wanted) => string;
  /** Changes with all that the answer depends on. */
  readonly stampOf: (wanted: Wanted) => string;
  /** Whether it changes while it is looked at. */
  readonly isLive: (wanted: Wanted) => boolean;
  readonly onRead: (wanted: Wanted, answer: Answer) => void;
  readonly onError: (error: unknown) => void;
  /** After reading for a second, what is live is left alone for so many: the reader must not take its processor. */
  readonly restFactor: number;
}

/** Reads what takes a process to tell, of what is looked at alone, one process at a time. */
export class SideReader<Wanted, Answer> {
  readonly #options: SideReaderOptions<Wanted, Answer>;
  readonly #read = new Map<string, string>();
  #wanted: Wanted | undefined;
  #reading: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restUntilMs = 0;

  constructor(options: SideReaderOptions<Wanted, Answer>) {
    this.#options = options;
  }

  /** This is looked at, as it is now; undefined for nothing. */
  want(wanted: Wanted | undefined): void {
    this.#wanted = wanted;
    this.#next();
  }

  /** Marks what was read as out of date. */
  forget(): void {
    this.#read.clear();
  }

  /** Ends what is under way. */
  close(): void {
    this.#wanted = undefined;
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  #next(): void {
    clearTimeout(this.#timer);
    const wanted = this.#wanted;
    if (wanted === undefined || this.#reading !== undefined) return;
    const { keyOf, stampOf, isLive } = this.#options;
    const stamp = stampOf(wanted);
    if (this.#read.get(keyOf(wanted)) === stamp) return;
    const restMs = isLive(wanted) ? this.#restUntilMs - Date.now() : 0;
    if (restMs > 0) this.#timer = setTimeout(() => this.#next(), restMs);
    else void this.#readOne(wanted, stamp);
  }

  async #readOne(wanted: Wanted, stamp: string): Promise<void> {
    const { read, keyOf, onRead, onError, restFactor } = this.#options;
    const reading = new AbortController();
    this.#reading = reading;
    const startedMs = Date.now();
    try {
      const answer = await read(wanted, reading.signal);
      if (answer !== undefined && !reading.signal.aborted) onRead(wanted, answer);
    } catch (error) {
      if (!reading.signal.aborted) onError(error);
    }
    const nowMs = Date.now();
    this.#restUntilMs = nowMs + restFactor * (nowMs - startedMs);
    // After a failed reading it is not tried again before there is news.
    if (!reading.signal.aborted) this.#read.set(keyOf(wanted), stamp);
    this.#reading = undefined;
    this.#next();
  }
}
