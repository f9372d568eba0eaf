import { expect, it } from 'vitest';
import { flipsText } from '../../../extension/cli/output/flipsText.ts';
import type { RowFlipsView } from '../../../extension/contract/rowFlips.ts';

const flips = (onlyFirst: number, held: number): RowFlipsView => ({
  ...{ title: 'test.tsv', split: 'test', first: { name: 'a', runs: 5 }, second: { name: 'b', runs: 5 } },
  ...{ onlyFirst, onlySecond: 0, bothRight: 1, bothWrong: 1, p: 0.5 },
  rows: Array.from({ length: held }, (_, row) => ({ row, right: 'first', firstRight: 5, secondRight: 0 })),
});

it('says how many rows it does not list, and how many of them --json holds', () => {
  expect(flipsText(flips(20, 20))).not.toContain('more');
  expect(flipsText(flips(150, 150))).toContain('\nand 130 more; all with --json\n');
  expect(flipsText(flips(450, 200))).toContain('\nand 430 more; the clearest 200 are in --json\n');
});
