import { type DropoutSite, dropout, input } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';

/** Dropout of attention's probabilities, as the op takes it. */
export interface AttentionDropout {
  readonly site: DropoutSite;
  readonly offsets: Value;
}

/** Makes the dropout of a forward pass; each call is a site of its own. */
export interface Dropout {
  /** x with a share of its elements dropped and the others scaled up. */
  apply(x: Value, rate: number): Value;
  attention(rate: number): AttentionDropout | undefined;
}

/** For evaluation: nothing is dropped. */
export const noDropout: Dropout = { apply: (x) => x, attention: () => undefined };

/** Numbers the dropout sites in the order in which a model makes them: site i reads element i of `dropout_offsets`. */
export class DropoutSites implements Dropout {
  count = 0;
  readonly #offsets: Value;
  readonly #rate: number | undefined;

  /**
   * @param sites how many there will be
   * @param rate takes the place of the model's own rates
   */
  constructor(sites: number, rate: number | undefined) {
    this.#offsets = input('dropout_offsets', 'i64', [sites]);
    this.#rate = rate;
  }

  apply(x: Value, rate: number): Value {
    const site = this.#next(rate);
    return site ? dropout(x, this.#offsets, site) : x;
  }

  attention(rate: number): AttentionDropout | undefined {
    const site = this.#next(rate);
    return site && { site, offsets: this.#offsets };
  }

  #next(own: number): DropoutSite | undefined {
    const rate = this.#rate ?? own;
    return rate === 0 ? undefined : { rate, site: this.count++ };
  }
}
