import path from 'node:path';
import type { JournalEvent } from '../../contract/journal.ts';
import { runFiles } from '../../contract/run.ts';
import { emptySeries, extendSeries, type RunSeries } from '../../contract/series.ts';
import { JournalTail } from '../../runs/journalTail.ts';

export interface RunStoryOptions {
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
  #isLive = false;

  constructor(folder: string, options: RunStoryOptions) {
    this.#tail = new JournalTail(path.join(folder, runFiles.journal), {
      onEvents: (events) => {
        this.#series = extendSeries(this.#series, events);
        if (this.#isLive) options.onEvents(events);
      },
      onReset: () => {
        this.#series = emptySeries();
        if (this.#isLive) options.onReset();
      },
      onError: options.onError,
    });
  }

  get series(): RunSeries {
    return this.#series;
  }

  /** Reads what is there; `follow` keeps listening. */
  async read(): Promise<void> {
    await this.#tail.read();
    this.#isLive = true;
  }

  follow(): void {
    this.#tail.start();
  }

  close(): void {
    this.#tail.close();
  }
}
