import type { JournalEvent } from '../../contract/journal.ts';
import type { HostMessageInput, RunDrift, RunSnapshot } from '../../contract/panel.ts';
import { appendMessage, runMessage } from './hostMessages.ts';

interface OutboxOptions {
  readonly post: (message: HostMessageInput) => void;
  /** A run as it is now; undefined when it is gone. */
  readonly snapshot: (folder: string) => RunSnapshot | undefined;
}

/** News of one run that the page does not have yet. */
interface Due {
  /** All of it, which covers everything else. */
  isWhole?: boolean;
  events: JournalEvent[];
  isChanged?: boolean;
  drift?: RunDrift;
}

/** Journal events in one message at most, and together in one turn: a turn is some 50 ms of the page's time. */
const mostEvents = 5_000;
/** The cost of a run to the page beside its events, counted in events. */
const runWeight = 50;

/**
 * The message queue to the page, run by run. After each turn the page has to say that it is done; what happens meanwhile is
 * gathered, and the same run's news merge. So a burst of events costs few messages, and a slow page no memory.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #due = new Map<string, Due>();
  #isHeld = true;
  #mark = 0;
  #awaited: number | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Forgets everything, and sends nothing until `open`. */
  hold(): void {
    this.#due.clear();
    this.#isHeld = true;
    this.#awaited = undefined;
  }

  open(): void {
    this.#isHeld = false;
    this.#send();
  }

  whole(folder: string): void {
    this.#note(folder, (due) => {
      due.isWhole = true;
      due.events = [];
    });
  }

  append(folder: string, events: readonly JournalEvent[]): void {
    this.#note(folder, (due) => {
      if (due.isWhole) return;
      for (const event of events) due.events.push(event);
      // Columns are cheaper than events, unless there is much more than the news in them.
      const length = this.#options.snapshot(folder)?.series.progress.step.length ?? 0;
      if (due.events.length > Math.max(mostEvents, length / 20)) {
        due.isWhole = true;
        due.events = [];
      }
    });
  }

  /** State and why, summary, notes or place in the queue are others now. */
  changed(folder: string): void {
    this.#note(folder, (due) => {
      due.isChanged = true;
    });
  }

  drift(folder: string, drift: RunDrift): void {
    this.#note(folder, (due) => {
      due.drift = drift;
    });
  }

  /** The run is gone: told at once, for nothing that waits can matter more. */
  removed(folder: string, id: string): void {
    this.#due.delete(folder);
    if (!this.#isHeld) this.#options.post({ type: 'removed', run: id });
  }

  /** The page has drawn all that came before this mark. */
  taken(mark: number): void {
    if (mark !== this.#awaited) return;
    this.#awaited = undefined;
    this.#send();
  }

  #note(folder: string, change: (due: Due) => void): void {
    if (this.#isHeld) return;
    const due = this.#due.get(folder) ?? { events: [] };
    change(due);
    this.#due.set(folder, due);
    this.#send();
  }

  #send(): void {
    if (this.#isHeld || this.#awaited !== undefined || this.#due.size === 0) return;
    let weight = 0;
    for (const [folder, due] of this.#due) {
      this.#due.delete(folder);
      weight += this.#tell(folder, due);
      if (weight >= mostEvents) break;
    }
    this.#mark += 1;
    this.#awaited = this.#mark;
    this.#options.post({ type: 'mark', mark: this.#mark });
  }

  /** @returns its weight */
  #tell(folder: string, { isWhole, events, isChanged, drift }: Due): number {
    const { post, snapshot } = this.#options;
    const run = snapshot(folder);
    if (run === undefined) return runWeight;
    if (isWhole) {
      post(runMessage(run));
      return runWeight + run.series.progress.step.length;
    }
    const { id } = run.record;
    const now = events.slice(0, mostEvents);
    if (now.length > 0) post(appendMessage(id, now));
    if (now.length < events.length) {
      this.#due.set(folder, {
        events: events.slice(now.length),
        ...(isChanged && { isChanged }),
        ...(drift && { drift }),
      });
      return now.length;
    }
    // After the last point: a run must not be over before it is drawn.
    const { state, message, summary, notes, queuePosition } = run;
    if (isChanged) post({ type: 'update', run: id, change: { state, message, summary, notes, queuePosition } });
    if (drift) post({ type: 'update', run: id, change: drift });
    return runWeight + now.length;
  }
}
