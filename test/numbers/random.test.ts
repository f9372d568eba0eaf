import { describe, expect, it } from 'vitest';
import { Random } from '../../extension/numbers/random.ts';

describe('Random', () => {
  it('gives the reference sequence of xoshiro128**', () => {
    const random = new Random(0);
    random.restore([1, 2, 3, 4]);
    expect(Array.from({ length: 6 }, () => random.nextWord())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492,
    ]);
  });

  it('repeats for the same name and differs for another seed, stream or order', () => {
    const first = (...name: [number, ...(number | string)[]]) => new Random(...name).nextWord();
    expect(first(7, 'shuffle', 3)).toBe(first(7, 'shuffle', 3));
    const names: [number, ...(number | string)[]][] = [
      [7],
      [8],
      [7, 0],
      [7, 1],
      [7, 'a'],
      [7, 'b'],
      [7, 'a', 'b'],
      [7, 'ab'],
      [7, 'b', 'a'],
    ];
    expect(new Set(names.map((name) => first(...name))).size).toBe(names.length);
  });

  it('never changes: runs made by one version resume with the next', () => {
    const random = new Random(42, 'fixed');
    expect([random.nextWord(), random.nextFloat(), random.nextNormal(), random.nextInt(1000)]).toMatchInlineSnapshot(`
      [
        1569450930,
        0.21076875849087873,
        -0.5133090307328965,
        346,
      ]
    `);
  });

  it('continues from a saved state', () => {
    const random = new Random(1);
    random.nextNormal();
    const state = JSON.parse(JSON.stringify(random.state()));
    const expected = [random.nextFloat(), random.nextNormal(), random.nextInt(10)];
    const other = new Random(2);
    other.restore(state);
    expect([other.nextFloat(), other.nextNormal(), other.nextInt(10)]).toEqual(expected);
  });

  it('draws uniform, normal and integer numbers with the right moments', () => {
    const random = new Random(3, 'moments');
    const n = 20_000;
    let uniform = 0;
    let normal = 0;
    let square = 0;
    let fourth = 0;
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < n; i++) {
      uniform += random.nextFloat() / n;
      const z = random.nextNormal();
      normal += z / n;
      square += z ** 2 / n;
      fourth += z ** 4 / n;
      counts[random.nextInt(7)]!++;
    }
    expect(Math.abs(uniform - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(normal)).toBeLessThan(0.03);
    expect(Math.abs(square - 1)).toBeLessThan(0.05);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.3);
    for (const count of counts) expect(Math.abs(count / n - 1 / 7)).toBeLessThan(0.01);
  });

  it('refuses a bound that is not an integer in 1 … 2^32', () => {
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1])
      expect(() => new Random(1).nextInt(bound)).toThrow('the bound must be');
  });
});
