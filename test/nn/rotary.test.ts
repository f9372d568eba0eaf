import { describe, expect, it } from 'vitest';
import { rotaryAmplitude, rotaryFrequencies, rotaryTable } from '../../extension/nn/rotary.ts';

describe('rotaryFrequencies', () => {
  it('falls from 1 in equal ratios to nearly 1/θ', () => {
    const found = [...rotaryFrequencies(8, 10_000, { kind: 'none' })];
    for (const [j, expected] of [1, 0.1, 0.01, 0.001].entries()) expect(found[j]).toBeCloseTo(expected, 8);
  });

  it('turns every pair slower by a linear factor', () => {
    const plain = rotaryFrequencies(8, 10_000, { kind: 'none' });
    expect(rotaryFrequencies(8, 10_000, { kind: 'linear', factor: 4 })).toEqual(plain.map((each) => each / 4));
  });

  it('leaves fast pairs, slows slow ones and blends between, as Llama 3 does', () => {
    const length = 2 * Math.PI * 1000;
    const scaling = { kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, length } as const;
    // Turns within the length first trained on: 1000, 100, 10, 1.
    const [fast, ...rest] = rotaryFrequencies(8, 10_000, scaling);
    expect(fast).toBe(1);
    expect(rest[0]).toBeCloseTo(0.1, 8);
    expect(rest[1]).toBeCloseTo(0.01, 8);
    const [, blended] = rotaryFrequencies(4, 160_000, scaling); // 2.5 turns: half way between 1 and 4
    expect(blended).toBeCloseTo(((0.5 / 8 + 0.5) * 1) / 400, 8);
    const [, slow] = rotaryFrequencies(4, 4_000_000, scaling); // half a turn
    expect(slow).toBeCloseTo(1 / 2000 / 8, 9);
  });

  it('leaves the first pairs, slows the last ones and blends by their number, as yarn does', () => {
    const turns = { fastTurns: 10, slowTurns: 0.1, wholePairs: true, length: 2 * Math.PI * 10 };
    const scaling = { kind: 'yarn', factor: 4, amplitude: 1.2, ...turns } as const;
    // Turns within the length first trained on: 10, 1, 0.1, 0.01.
    const found = rotaryFrequencies(8, 10_000, scaling);
    for (const [j, expected] of [1, 0.1 * (0.5 + 0.5 / 4), 0.01 / 4, 0.001 / 4].entries()) {
      expect(found[j]).toBeCloseTo(expected, 8);
    }
    expect(rotaryAmplitude(scaling)).toBe(1.2);
  });
});

describe('rotaryTable', () => {
  it('holds a row of angles for each position', () => {
    const table = rotaryTable(3, Float32Array.of(1, 0.5), (angle) => angle);
    expect([...table]).toEqual([0, 0, 1, 0.5, 2, 1]);
    expect(rotaryTable(2, Float32Array.of(1), Math.cos)[1]).toBeCloseTo(Math.cos(1), 6);
  });
});
