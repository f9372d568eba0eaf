import type { Random } from './random.ts';

const rounds = 6;

/**
 * A random order of 0 … size − 1 that needs no memory: a Feistel network over the smallest even number of bits that can
 * count the rows, walked again until the result is one of them.
 * @see Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002, section 4 (cycle walking)
 */
export class Permutation {
  readonly size: number;
  readonly #halfBits: number;
  readonly #keys: readonly number[];

  /** @throws RangeError unless size is an integer in 1 … 2⁴⁸ */
  constructor(size: number, random: Random) {
    if (!Number.isInteger(size) || size < 1 || size > 2 ** 48) {
      throw new RangeError(`a permutation must have 1 … 2^48 elements, got ${size}`);
    }
    this.size = size;
    this.#halfBits = Math.max(1, Math.ceil(Math.log2(size) / 2));
    this.#keys = Array.from({ length: rounds }, () => random.nextWord());
  }

  /** The element at a place. */
  at(place: number): number {
    let value = place;
    do value = this.#mixed(value);
    while (value >= this.size);
    return value;
  }

  #mixed(value: number): number {
    const base = 2 ** this.#halfBits;
    let left = Math.floor(value / base);
    let right = value % base;
    for (const key of this.#keys) [left, right] = [right, (left ^ (mixed(right ^ key) & (base - 1))) >>> 0];
    return left * base + right;
  }
}

/** Every bit of the result depends on every bit of the word: MurmurHash3's last step. */
function mixed(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
