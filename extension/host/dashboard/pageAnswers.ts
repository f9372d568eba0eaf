import type { FlipsQuestion, HostMessageInput } from '../../contract/panel.ts';
import type { RowFlipsView } from '../../contract/rowFlips.ts';
import type { ScaleCurve } from '../../contract/scale.ts';
import { messageOf } from '../../problems/messageOf.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import type { RunChange } from '../runs/runWatch.ts';

export interface PageAnswersOptions {
  /** Two arms of a sweep, row by row. @throws when they cannot be compared */
  readonly flipsOf: (question: FlipsQuestion, signal: AbortSignal) => Promise<readonly RowFlipsView[]>;
  /** The score of a run, by id, over the scale of its change; undefined where it may not be read. @throws when it has none */
  readonly scaleOf: (run: string, signal: AbortSignal) => Promise<ScaleCurve | undefined>;
  /** Reaches the page where one is there. */
  readonly post: (message: HostMessageInput) => void;
}

/** Answers that take the trainer a while. They outlive the page that asked, which is gone when it is hidden. */
export class PageAnswers {
  readonly #options: PageAnswersOptions;
  /** By what was asked: its answer, or the question itself while there is none. */
  readonly #known = new Map<string, HostMessageInput>();
  readonly #reading = new Map<string, AbortController>();

  constructor(options: PageAnswersOptions) {
    this.#options = options;
  }

  askFlips({ sweep, first, second }: FlipsQuestion): Promise<void> {
    const question = { sweep, first, second };
    return this.#ask(
      { type: 'askFlips', ...question },
      async (signal) => ({
        type: 'flips',
        ...question,
        flips: [...(await this.#options.flipsOf(question, signal))],
      }),
      (problem) => ({ type: 'flips', ...question, flips: [], problem }),
    );
  }

  askScale(run: string): Promise<void> {
    return this.#ask(
      { type: 'askScale', run },
      async (signal) => {
        const curve = await this.#options.scaleOf(run, signal);
        return { type: 'scaled', run, ...(curve ? { curve } : { problem: 'the run cannot be read here' }) };
      },
      (problem) => ({ type: 'scaled', run, problem }),
    );
  }

  /** A page is there that knows nothing yet: it is told what was answered, and what is still being read. */
  tell(): void {
    for (const message of this.#known.values()) this.#options.post(message);
  }

  /** What was known of the change of a run that goes on is of the past, and so are rows of a sweep whose results are others. */
  runsChanged(changes: readonly Pick<RunChange, 'before' | 'after'>[]): void {
    for (const { before, after } of changes) {
      if (after?.state === 'running') this.#forgetScale(after.id);
      const sweep = (after ?? before)?.record.sweep?.id;
      if (sweep !== undefined && isResult(before) !== isResult(after)) this.#forgetFlips(sweep);
    }
  }

  #forgetScale(run: string): void {
    const key = keyOf({ type: 'askScale', run });
    this.#reading.get(key)?.abort();
    this.#reading.delete(key);
    this.#known.delete(key);
  }

  /** Answers alone: somebody waits for those that are still being read. */
  #forgetFlips(sweep: string): void {
    for (const [key, message] of this.#known) {
      if (message.type === 'flips' && message.sweep === sweep) this.#known.delete(key);
    }
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    for (const reading of this.#reading.values()) reading.abort();
  }

  async #ask(
    question: HostMessageInput,
    read: (signal: AbortSignal) => Promise<HostMessageInput>,
    failed: (problem: string) => HostMessageInput,
  ): Promise<void> {
    const key = keyOf(question);
    if (this.#reading.has(key)) return;
    const reading = new AbortController();
    this.#reading.set(key, reading);
    this.#known.set(key, question);
    const answer = await read(reading.signal).catch((error: unknown) => failed(messageOf(error)));
    if (reading.signal.aborted) return;
    this.#reading.delete(key);
    this.#known.set(key, answer);
    this.#options.post(answer);
  }
}

const isResult = (run: RunEntry | undefined): boolean => run?.state === 'finished';

const keyOf = (question: HostMessageInput): string => JSON.stringify(question);
