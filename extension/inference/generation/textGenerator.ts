import type { EndReason } from '../../contract/writing.ts';
import type { TextTokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { Sampling } from './sampling.ts';
import { StopStrings } from './stopStrings.ts';
import type { TokenGenerator, TokenRow } from './tokenGenerator.ts';

/** How texts are written. */
export interface WritingOptions extends Sampling {
  /** Tokens that a text may have, at most. */
  readonly maxTokens: number;
  /** A text ends before any of these. */
  readonly stops: readonly string[];
}

/** A text that a model wrote. */
export interface Written {
  readonly text: string;
  /** How many tokens it wrote, the one that ends the text not counted. */
  readonly tokens: number;
  readonly promptTokens: number;
  readonly reason: EndReason;
}

/** A prompt, and who hears what is written on it. */
export interface WritingRow {
  /** Its own number, which seeds its draws. */
  readonly row: number;
  readonly prompt: readonly number[];
  /** Whether it answers a conversation, and ends as the chat template ends an answer. */
  readonly isAnswer: boolean;
  /** Is told each piece of the text as it comes. */
  readonly onText?: ((piece: string) => void) | undefined;
  onEnd(written: Written): void;
}

/** Writes texts with a model and its tokenizer. */
export class TextGenerator {
  readonly tokenizer: TextTokenizer;
  readonly tokens: TokenGenerator;
  /** Of the tuned weights, where it is known. */
  readonly step: number | undefined;

  constructor(generator: TokenGenerator, tokenizer: TextTokenizer, step?: number) {
    this.tokens = generator;
    this.tokenizer = tokenizer;
    this.step = step;
  }

  /** The problem with a prompt, and its cure; undefined for one that can be continued. */
  problemOf({ length }: readonly number[]): { readonly rule: string; readonly cure: string } | undefined {
    const most = this.tokens.maxTokens - 1;
    if (length >= 1 && length <= most) return undefined;
    const cure = length === 0 ? 'write more' : 'shorten it';
    return { rule: `the prompt must have 1 … ${most} tokens for this model, got ${length}`, cure };
  }

  /**
   * Writes on every prompt, at most `batch` at a time.
   * @param signal stops all of them
   */
  write(
    rows: Iterable<WritingRow> | AsyncIterable<WritingRow>,
    options: WritingOptions,
    batch: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const started = async function* (start: (row: WritingRow) => TokenRow) {
      for await (const row of rows) {
        if (signal?.aborted) return;
        yield start(row);
      }
    };
    return this.tokens.generate(
      started((row) => this.#start(row, options, signal)),
      batch,
    );
  }

  close(): Promise<void> {
    return this.tokens.close();
  }

  #start(
    { row, prompt, isAnswer, onText, onEnd }: WritingRow,
    options: WritingOptions,
    signal?: AbortSignal,
  ): TokenRow {
    const ends = isAnswer ? this.tokenizer.answerStopIds : this.tokenizer.stopTokenIds;
    const decoding = this.tokenizer.decodeStream({ skipsSpecial: true });
    const stops = new StopStrings(options.stops);
    const most = Math.min(options.maxTokens, this.tokens.maxTokens - prompt.length);
    let [text, tokens] = ['', 0];
    const give = (piece: string) => {
      text += piece;
      if (piece !== '') onText?.(piece);
    };
    const end = (reason: EndReason) => {
      if (reason !== 'stop') {
        const last = stops.push(decoding.end());
        give(last.text);
        if (last.isEnd) return end('stop');
        give(stops.end());
      }
      onEnd({ text, tokens, promptTokens: prompt.length, reason });
      return false;
    };
    return {
      row,
      prompt,
      sampling: options,
      take: (id) => {
        if (ends.has(id)) return end('end');
        tokens++;
        const piece = stops.push(decoding.push(id));
        give(piece.text);
        if (piece.isEnd) return end('stop');
        if (tokens >= most) return end('length');
        return signal?.aborted ? end('stopped') : true;
      },
    };
  }
}
