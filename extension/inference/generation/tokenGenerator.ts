import type { TunedModel } from '../../checkpoint/tunedModel.ts';
import type { Session } from '../../engines/engine.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import { familyOf } from '../../models/families.ts';
import { logitsSpec, openTunedGraphs, type TunedGraphsOptions } from '../tunedGraphs.ts';
import { CacheRows } from './cacheRows.ts';
import { chooseToken, type Sampling } from './sampling.ts';
import { type StepGraphs, stepGraphs } from './stepGraph.ts';

/** A prompt is read in pieces of so many tokens: attention's scores of a piece are all there at once. */
const pieceLength = 512;

/** One text to be written. */
export interface TokenRow {
  /** Its own number, which seeds its draws. */
  readonly row: number;
  /** At least one token. */
  readonly prompt: readonly number[];
  readonly sampling: Sampling;
  /** Is told each token, the end's included. @returns whether to go on */
  take(id: number): boolean;
}

/** A text that is being written: what it has, and the token that is to be read next. */
interface Slot {
  readonly asked: TokenRow;
  readonly there: Set<number>;
  step: number;
  next: number;
}

/** Writes texts, token by token, with a decoder and what was tuned on it. */
export class TokenGenerator {
  /** Longest text in tokens, the prompt's included. */
  readonly maxTokens: number;
  readonly #session: Session;
  readonly #graphs: StepGraphs;
  readonly #vocabulary: number;
  readonly #firstPosition: number;
  #start: Readonly<Record<string, Tensor>> | undefined;

  private constructor(tuned: Omit<TunedModel, 'task'>, session: Session, graphs: StepGraphs) {
    const { dimensions } = tuned.model;
    this.#session = session;
    this.#graphs = graphs;
    this.#vocabulary = tuned.outputs;
    this.#firstPosition = familyOf(dimensions).batch(dimensions).firstPosition + graphs.positionShift;
    this.maxTokens = dimensions.maxSequence - graphs.positionShift;
  }

  /** @throws CheckpointError */
  static async open(tuned: Omit<TunedModel, 'task'>, options: TunedGraphsOptions = {}): Promise<TokenGenerator> {
    const graphs = stepGraphs(logitsSpec(tuned));
    const { step, start } = graphs;
    const opened: Readonly<Record<string, Graph>> = { step, ...(start && { start }) };
    return new TokenGenerator(tuned, await openTunedGraphs(tuned, opened, options), graphs);
  }

  /**
   * Writes every row, at most `batch` at a time: where one ends, the next begins.
   * @param rows taken one after another, as room is made
   */
  async generate(rows: Iterable<TokenRow> | AsyncIterable<TokenRow>, batch: number): Promise<void> {
    const waiting = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
    const cache = new CacheRows(this.#graphs.cache, batch);
    const slots: Slot[] = [];
    for (let more = true; more || slots.length > 0; ) {
      while (more && slots.length < batch) {
        const next = await waiting.next();
        if (next.done) more = false;
        else {
          const slot = await this.#begin(next.value, cache, slots.length);
          if (slot) slots.push(slot);
          else cache.drop(slots.length);
        }
      }
      if (slots.length === 0) continue;
      const logits = await this.#read(
        slots.map(({ next }) => [next]),
        cache,
        0,
      );
      for (let place = slots.length - 1; place >= 0; place--) {
        if (this.#take(slots[place]!, logits[place]!)) continue;
        cache.drop(place);
        slots[place] = slots.at(-1)!;
        slots.pop();
      }
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** Reads a prompt into a new row of the cache and chooses the first token. @returns undefined when that is all */
  async #begin(asked: TokenRow, cache: CacheRows, place: number): Promise<Slot | undefined> {
    const { prompt } = asked;
    cache.filled.push(0);
    cache.reserve(this.#graphs.startLength + prompt.length + 1);
    if (this.#graphs.start) cache.append(place, await this.#startValues(), 'start');
    let logits: readonly Float32Array[] = [];
    for (let at = 0; at < prompt.length; at += pieceLength) {
      logits = await this.#read([prompt.slice(at, at + pieceLength)], cache, place);
    }
    const slot = { asked, there: new Set(prompt), step: 0, next: -1 };
    return this.#take(slot, logits[0]!) ? slot : undefined;
  }

  #take(slot: Slot, logits: Float32Array): boolean {
    const { asked, there, step } = slot;
    slot.next = chooseToken(logits, there, asked.sampling, { row: asked.row, step });
    there.add(slot.next);
    slot.step++;
    return asked.take(slot.next);
  }

  /** Reads as many new tokens for each row, from the row `first` on. @returns the logits behind each row's last one */
  async #read(tokens: readonly (readonly number[])[], cache: CacheRows, first: number): Promise<Float32Array[]> {
    const [count, length] = [tokens.length, tokens[0]!.length];
    const filled = cache.filled.slice(first, first + count);
    cache.reserve(Math.max(...filled) + length);
    const ids = (shape: readonly number[], values: readonly number[]): Tensor => ({
      dtype: 'i64',
      shape,
      data: BigInt64Array.from(values, BigInt),
    });
    const position = (row: number, at: number) => this.#firstPosition + filled[row]! - this.#graphs.startLength + at;
    const { outputs } = await this.#session.run('step', {
      input_ids: ids([count, length], tokens.flat()),
      position_ids: ids(
        [count, length],
        tokens.flatMap((given, row) => given.map((_, at) => position(row, at))),
      ),
      last_rows: ids(
        [count],
        tokens.map((_, row) => (row + 1) * length - 1),
      ),
      ...cache.feeds(first, count),
    });
    cache.append(first, outputs);
    const logits = outputs.logits!.data as Float32Array;
    return tokens.map((_, row) => logits.subarray(row * this.#vocabulary, (row + 1) * this.#vocabulary));
  }

  async #startValues(): Promise<Readonly<Record<string, Tensor>>> {
    const { kvHeads, headWidth } = this.#graphs.cache;
    const width = kvHeads * headWidth;
    this.#start ??= (
      await this.#session.run('start', {
        token: { dtype: 'f32', shape: [1, 1, width], data: new Float32Array(width) },
        mask: { dtype: 'f32', shape: [1, 1], data: new Float32Array(1) },
      })
    ).outputs;
    return this.#start;
  }
}
