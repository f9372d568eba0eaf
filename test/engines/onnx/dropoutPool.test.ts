import { describe, expect, it } from 'vitest';
import { DropoutPool, dropoutOffsets } from '../../../extension/engines/onnx/dropoutPool.ts';

describe('the dropout pool', () => {
  it('begins with the same bits however it has grown', () => {
    const grown = new DropoutPool(7, 0.1);
    const small = grown.forWindows(10).slice();
    grown.forWindows(100_000);
    const large = grown.forWindows(1_000_000);
    expect(large.length).toBeGreaterThan(small.length);
    expect(Buffer.compare(large.subarray(0, small.length), small)).toBe(0);
    expect(Buffer.compare(new DropoutPool(7, 0.1).forWindows(1_000_000), large)).toBe(0);
  });

  it('has other bits for another seed or rate, in the right proportion', () => {
    const [a, b, c] = [new DropoutPool(7, 0.1), new DropoutPool(8, 0.1), new DropoutPool(7, 0.5)].map((pool) =>
      pool.forWindows(1),
    );
    const kept = (bits: Uint8Array) => bits.reduce((total, bit) => total + bit, 0) / bits.length;
    expect(Math.abs(kept(a!) - 0.9)).toBeLessThan(1e-3);
    expect(Math.abs(kept(c!) - 0.5)).toBeLessThan(1e-3);
    expect(Buffer.compare(a!, b!)).not.toBe(0);
  });

  it('has windows that depend on seed, step and micro-batch, and on nothing else', () => {
    const offsets = dropoutOffsets(7, 3, 1, 5);
    expect(dropoutOffsets(7, 3, 1, 5)).toEqual(offsets);
    expect(dropoutOffsets(7, 3, 1, 8).slice(0, 5)).toEqual(offsets);
    const others = [dropoutOffsets(8, 3, 1, 5), dropoutOffsets(7, 4, 1, 5), dropoutOffsets(7, 3, 0, 5)];
    expect(new Set([offsets, ...others].flatMap((list) => [...list])).size).toBe(20);
  });
});
