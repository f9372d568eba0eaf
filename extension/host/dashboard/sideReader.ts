interface SideReaderOptions<Wanted, Answer> {
  /** Starts a process. */
  readonly read: (wanted: Wanted, signal: AbortSignal) => Promise<Answer>;
  readonly keyOf: (wanted: Wanted) => string;
  /** Changes with all that the answer depends on. */
  readonly stampOf: (wanted: Wanted) => string;
  /** Whether it changes while it is looked at. */
  readonly isLive: (wanted: Wanted) => boolean;
  /** Returns whether it was told: what could not be told is read again. */
  readonly onRead: (wanted: Wanted, answer: Answer) => boolean;
  readonly onError: (error: unknown, wanted: Wanted) => void;
  /** After reading for a second, what is live is left alone for so many: the reader must not take its processor. */
  readonly restFactor: number;
}

/** Reads what takes a process to tell, of what is looked at alone, one process at a time. */
export class SideReader<Wanted, Answer> {
  readonly #options: SideReaderOptions<Wanted, Answer>;
  /** The stamps of what was told. */
  readonly #told = new Map<string, string>();
  /** What could not be read: left alone until there is news of it, or it is looked at anew. */
  #failed: { readonly key: string; readonly stamp: string } | undefined;
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
    if (wanted === undefined || this.#options.keyOf(wanted) !== this.#failed?.key) this.#failed = undefined;
    this.#next();
  }

  /** Marks what was told as out of date, and what could not be read. */
  forget(): void {
    this.#told.clear();
    this.#failed = undefined;
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
    const [key, stamp] = [keyOf(wanted), stampOf(wanted)];
    if (this.#told.get(key) === stamp || (this.#failed?.key === key && this.#failed.stamp === stamp)) return;
    const restMs = isLive(wanted) ? this.#restUntilMs - Date.now() : 0;
    if (restMs > 0) this.#timer = setTimeout(() => this.#next(), restMs);
    else void this.#readOne(wanted, key, stamp);
  }

  async #readOne(wanted: Wanted, key: string, stamp: string): Promise<void> {
    const { read, keyOf, onRead, onError, restFactor } = this.#options;
    const reading = new AbortController();
    this.#reading = reading;
    const startedMs = Date.now();
    try {
      const answer = await read(wanted, reading.signal);
      if (!reading.signal.aborted && onRead(wanted, answer)) this.#told.set(key, stamp);
    } catch (error) {
      if (!reading.signal.aborted) {
        if (this.#wanted !== undefined && keyOf(this.#wanted) === key) this.#failed = { key, stamp };
        onError(error, wanted);
      }
    }
    const nowMs = Date.now();
    this.#restUntilMs = nowMs + restFactor * (nowMs - startedMs);
    this.#reading = undefined;
    this.#next();
  }
}
