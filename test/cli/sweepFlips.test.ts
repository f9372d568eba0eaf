import { describe, expect, it } from 'vitest';
import type { Cli } from '../../extension/cli/cli.ts';
import { flipsIn } from '../../extension/cli/sweeps/sweepFlips.ts';
import type { RunRecord } from '../../extension/contract/run.ts';
import { questionsOfRuns, type RunResult } from '../../extension/experiments/verdict/questionsOfRuns.ts';
import { runEntry } from '../support/runEntry.ts';

/** A run that has so many of four test rows right. */
function result(arm: string, file: string, right: number): RunResult {
  const label = [0, 1, 0, 1];
  const predicted = label.map((name, row) => (row < right ? name : 1 - name));
  const record = { dataHashes: { test: file }, config: { data: { train: { file: 'train.tsv' }, test: { file } } } };
  return {
    ...runEntry({ id: arm, record, summary: { metrics: { test_accuracy: right / 4 } } }),
    ...{ arm, evaluations: 1 },
    outcomes: () => ({ version: 1, split: 'test', step: 1, kind: 'classes', columns: { label, predicted } }),
  };
}

/** A command line that reads rows, which are named after their file; `reads` are the files that it read. */
function reader() {
  const reads: string[] = [];
  const rowTexts = async ({ config }: RunRecord) => {
    const { file } = config.data.test!;
    reads.push(file);
    return [0, 1, 2, 3].map((row) => ({ line: row + 2, text: `row ${row} of ${file}`, label: '1' }));
  };
  return { reads, cli: { loadOperations: async () => ({ rowTexts }) } as unknown as Cli };
}

const files = ['a/test.tsv', 'b/test.tsv'];
const questions = questionsOfRuns(
  files.flatMap((file) => [result('x', file, 3), result('y', file, 2), result('z', file, 1)]),
  () => 'accuracy',
  undefined,
);

describe('rows that one of two arms has right', () => {
  it('stand with their texts, those of each question from its own file, though files share their last name', async () => {
    const told = await flipsIn(reader().cli, questions)('x', 'y');
    expect(told.map(({ title, rows }) => [title, rows.map(({ text }) => text)])).toEqual([
      ['a/test.tsv', ['row 2 of a/test.tsv']],
      ['b/test.tsv', ['row 2 of b/test.tsv']],
    ]);
  });

  it('are refused in words that a page shows as well', async () => {
    await expect(flipsIn(reader().cli, questions)('x', 'q')).rejects.toThrow(/^q: must be one of the arms, /);
  });

  it('are read once for all pairs of arms', async () => {
    const { cli, reads } = reader();
    const flips = flipsIn(cli, questions);
    for (const [first, second] of [
      ['x', 'y'],
      ['x', 'z'],
      ['y', 'z'],
    ] as const)
      await flips(first, second);
    expect(reads).toEqual(files);
  });
});
