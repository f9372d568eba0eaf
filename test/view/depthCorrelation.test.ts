import { describe, expect, it } from 'vitest';
import { correlationsText, correlationText, depthCorrelations } from '../../extension/view/depthCorrelation.ts';

const row = (layer: string, ...meanAbsoluteChange: (number | null)[]) => ({ layer, meanAbsoluteChange });

describe('the correlation of changes with depth', () => {
  // scipy.stats.spearmanr([1, 3, 2, 4], range(4)) = 0.8, ([4, 1, 1, 0], range(4)) = -0.9486832980505138
  const columns = ['attention gain', 'ffn bias', 'embedding gain', 'prefix key', 'ffn.up weight'];
  const layers = [
    row('embedding', null, null, 9, null, null),
    row('layer 0', 1, 4, null, 2, 0.5),
    row('layer 1', 3, 1, null, 2, null),
    row('layer 2', 2, 1, null, 2, null),
    row('layer 3', 4, 0, null, 2, 0.7),
    row('final', 0, null, null, null, null),
  ];

  it('is the rank correlation of each site with the number of its block, and says of how many blocks', () => {
    const [gain, bias, key, ...more] = depthCorrelations({ step: 1, columns, layers });
    expect(gain).toMatchObject({ column: 'attention gain', blocks: 4 });
    expect(gain!.rho).toBeCloseTo(0.8, 12);
    expect(bias!.rho).toBeCloseTo(-0.9486832980505138, 12);
    expect([gain, bias, key].map((one) => correlationText(one!))).toEqual([
      '0.80 (n = 4)',
      '−0.95 (n = 4)',
      '– (n = 4)',
    ]);
    expect(more).toEqual([]);
    expect(correlationsText([gain!, bias!])).toBe('attention gain 0.80, ffn bias −0.95 (n = 4)');
    const fewer = { ...bias!, blocks: 3 };
    expect(correlationsText([gain!, fewer])).toBe('attention gain 0.80 (n = 4), ffn bias −0.95 (n = 3)');
  });
});
