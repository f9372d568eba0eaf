/** The four 32-bit words of a generator: as JSON, so that a checkpoint can hold it. */
type RandomState = readonly [number, number, number, number];

/**
 * Seeded random numbers, equal on every platform: xoshiro128** over 32-bit integers, and real arithmetic only by
 * + − × ÷ √, which IEEE 754 fixes to the bit (`Math.log` and `Math.cos` are not fixed).
 *
 * A generator is named by a seed and a stream, for example `new Random(seed, 'shuffle', epoch)`: generators with
 * different names are independent, and each can be made anew from its name at any time.
 * @see Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", arXiv 1805.01407
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number, ...stream: readonly (number | string)[]) {
    [this.a, this.b, this.c, this.d] = hashWords([seed, ...stream]);
  }

  /** The next 32 random bits as an integer in [0, 2³²). */
  nextWord(): number {
    const product = Math.imul(this.b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  nextFloat(): number {
    const high = this.nextWord() >>> 5;
    const low = this.nextWord() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * Standard normal, by Marsaglia's polar method. The second value of each pair is not used: so the state stays four
   * words.
   */
  nextNormal(): number {
    for (;;) {
      const u = 2 * this.nextFloat() - 1;
      const v = 2 * this.nextFloat() - 1;
      const square = u * u + v * v;
      if (square > 0 && square < 1) return u * Math.sqrt((-2 * naturalLogarithm(square)) / square);
    }
  }

  /**
   * Uniform integer in [0, bound), without bias.
   * @throws RangeError unless bound is an integer in 1 … 2³².
   */
  nextInt(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`random: the bound must be an integer in 1 … 2^32, got ${bound}`);
    }
    let word = this.nextWord();
    // Words from the last multiple of the bound on are drawn anew; most are far below and need no look at where it lies.
    if (word > 2 ** 32 - bound) {
      const limit = 2 ** 32 - (2 ** 32 % bound);
      while (word >= limit) word = this.nextWord();
    }
    return word % bound;
  }

  state(): RandomState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }

  restore(state: RandomState): void {
    [this.a, this.b, this.c, this.d] = state;
  }
}

/** ln x for 0 < x ≤ 1: x = m·2ᵏ with m in [√½, √2), ln m = 2·atanh((m − 1)/(m + 1)) as a series. */
function naturalLogarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const f = (mantissa - 1) / (mantissa + 1);
  const square = f * f;
  let series = 0;
  for (let n = 21; n >= 1; n -= 2) series = series * square + 1 / n;
  return 2 * f * series + exponent * Math.LN2;
}

/** 128 well-mixed bits of a name, never all zero (which xoshiro cannot leave). */
function hashWords(parts: readonly (number | string)[]): [number, number, number, number] {
  const lanes: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x71374491];
  const absorb = (word: number) => {
    for (let i = 0; i < 4; i++) lanes[i] = mix(lanes[i]! ^ Math.imul(word + i, 0x85ebca6b)) + (lanes[(i + 1) % 4]! | 0);
  };
  const bits = new DataView(new ArrayBuffer(8));
  for (const part of parts) {
    if (typeof part === 'number') {
      bits.setFloat64(0, part);
      absorb(1);
      absorb(bits.getUint32(0));
      absorb(bits.getUint32(4));
    } else {
      absorb(2);
      absorb(part.length);
      for (let i = 0; i < part.length; i++) absorb(part.charCodeAt(i));
    }
  }
  for (let round = 0; round < 4; round++) absorb(3);
  return lanes.some((lane) => (lane | 0) !== 0) ? lanes : [1, 2, 3, 4];
}

/** MurmurHash3's 32-bit finalizer. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
