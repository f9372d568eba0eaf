import path from 'node:path';
import type { JournalEvent } from '../../contract/journal.ts';
import { runFiles } from '../../contract/run.ts';
import type { RunSeries } from '../../contract/series.ts';
import { JournalTail } from '../../runs/journal/journalTail.ts';
import { emptySeries, extendSeries } from '../../view/series.ts';

interface RunStoryOptions {
  /** Events that came after the story was first read. */
  readonly onEvents: (events: readonly JournalEvent[]) => void;
  /** The journal was replaced: what was told before is void. */
  readonly onReset: () => void;
  readonly onError: (error: unknown) => void;
}

/** One run's journal, read once and then followed. */
export class RunStory {
  readonly #tail: JournalTail;
  #series: RunSeries = emptySeries();
  #isRead = false;
  #isFollowed = false;

  constructor(folder: string, options: RunStoryOptions) {
    this.#tail = new JournalTail(path.join(folder, runFiles.journal), {
      onEvents: (events) => {
        this.#series = extendSeries(this.#series, events);
        if (this.#isRead) options.onEvents(events);
      },
      onReset: () => {
        this.#series = emptySeries();
        if (this.#isRead) options.onReset();
      },
      onError: options.onError,
    });
  }

  get series(): RunSeries {
    return this.#series;
  }

  /** Whether the series holds all that the journal said when it was read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  get isFollowed(): boolean {
    return this.#isFollowed;
  }

  /** Reads what is there, then keeps listening, unless `pause` comes between. */
  async follow(): Promise<void> {
    this.#isFollowed = true;
    await this.#tail.read();
    if (!this.#isFollowed) return;
    this.#isRead = true;
    this.#tail.start();
  }

  /** Reads what has come. */
  async catchUp(): Promise<void> {
    if (this.#isFollowed) await this.#tail.read();
  }

  /** Stops listening; `follow` goes on from here. */
  pause(): void {
    this.#isFollowed = false;
    this.#tail.close();
  }
}
