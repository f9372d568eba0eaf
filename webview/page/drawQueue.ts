/** Work longer than this is continued in a later frame, so that typing and scrolling never wait for charts. */
const sliceMs = 12;

/** A queue of work for drawing, in slices between which the page answers. */
export class DrawQueue {
  readonly #waiting = new Map<object, () => void>();
  #isScheduled = false;
  #onDrawn: (() => void)[] = [];

  /** Draws soon, once for any number of requests by one owner. */
  soon(owner: object, draw: () => void): void {
    this.#waiting.set(owner, draw);
    this.#schedule();
  }

  cancel(owner: object): void {
    this.#waiting.delete(owner);
  }

  /** Calls back when nothing waits to be drawn any more: at once where nothing does. */
  whenDrawn(then: () => void): void {
    this.#onDrawn.push(then);
    if (this.#waiting.size === 0) this.#tellDrawn();
  }

  /** Draws all that waits, however long it takes. */
  drawNow(): void {
    for (const [owner, draw] of this.#waiting) {
      this.#waiting.delete(owner);
      draw();
    }
    this.#tellDrawn();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const drain = () => this.#drain();
    // A hidden page gets no frames, but still wants its charts.
    if (document.visibilityState === 'hidden') setTimeout(drain, 50);
    else requestAnimationFrame(() => setTimeout(drain, 0));
  }

  #drain(): void {
    this.#isScheduled = false;
    const start = performance.now();
    for (const [owner, draw] of this.#waiting) {
      this.#waiting.delete(owner);
      draw();
      if (performance.now() - start > sliceMs) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
    else this.#tellDrawn();
  }

  #tellDrawn(): void {
    for (const then of this.#onDrawn.splice(0)) then();
  }
}
