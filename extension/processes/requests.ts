/** Something asked of a child process that it has not answered. */
export interface Waiting<Answer> {
  readonly what: string;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** How long an answer may take. */
export interface TimeLimit {
  readonly ms: number;
  /** Ends the waiting: it is not ended by the time alone. */
  readonly onLate: () => void;
}

/** What is asked of a child process: each question waits until it is answered, or nothing can be answered any more. */
export class Requests<Answer> {
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #lastId = 0;
  #failure: Error | undefined;

  /**
   * Asks, and waits.
   * @param send hands the question over under a number
   * @param what is asked, for messages
   * @throws Error what `send` throws, or why nothing is answered any more
   */
  async ask(send: (id: number) => void, what = '', limit?: TimeLimit): Promise<Answer> {
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const timer = limit && setTimeout(limit.onLate, limit.ms);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { what, resolve, reject });
        send(id);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Takes out what waits under a number; by default the oldest, for a child that answers in order. */
  take(id = this.#waiting.keys().next().value): Waiting<Answer> | undefined {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id !== undefined) this.#waiting.delete(id);
    return waiting;
  }

  /** What is asked, oldest first. */
  get waiting(): readonly string[] {
    return [...this.#waiting.values()].map(({ what }) => what);
  }

  /** Why nothing is answered any more; undefined while it is. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Fails what waits, and all that is asked from now on; the first reason stands. */
  fail(reason: Error): void {
    this.#failure ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
