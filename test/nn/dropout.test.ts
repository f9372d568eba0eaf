import { describe, expect, it } from 'vitest';
import { nodeOf } from '../../extension/graph/node.ts';
import { input } from '../../extension/graph/ops.ts';
import { DropoutSites, noDropout } from '../../extension/nn/dropout.ts';

const x = input('x', 'f32', ['B', 4]);

describe('dropout', () => {
  it('numbers its sites in the order in which they are asked for, of attention too', () => {
    const sites = new DropoutSites(3, undefined);
    const first = nodeOf(sites.apply(x, 0.1));
    const second = sites.attention(0.2);
    const third = nodeOf(sites.apply(x, 0.3));
    if (first.op !== 'dropout' || third.op !== 'dropout') expect.unreachable();
    expect([first.attributes, second?.site, third.attributes]).toEqual([
      { rate: 0.1, site: 0 },
      { rate: 0.2, site: 1 },
      { rate: 0.3, site: 2 },
    ]);
    expect(sites.count).toBe(3);
  });

  it('is no site where nothing is dropped', () => {
    const sites = new DropoutSites(0, undefined);
    expect(sites.apply(x, 0)).toBe(x);
    expect(sites.attention(0)).toBeUndefined();
    expect(sites.count).toBe(0);
    expect(noDropout.apply(x, 0.5)).toBe(x);
  });

  it('has one rate everywhere where one is given', () => {
    const sites = new DropoutSites(1, 0.4);
    const node = nodeOf(sites.apply(x, 0));
    if (node.op !== 'dropout') expect.unreachable();
    expect(node.attributes.rate).toBe(0.4);
    expect(new DropoutSites(0, 0).apply(x, 0.1)).toBe(x);
  });
});
