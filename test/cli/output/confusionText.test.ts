import { describe, expect, it } from 'vitest';
import { confusionText } from '../../../extension/cli/output/confusionText.ts';

const labels = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);

describe('confusions of classes', () => {
  it('are a table where it fits a terminal', () => {
    const confusion = [
      [2, 0],
      [1, 1000],
    ];
    expect(
      confusionText({ labels: ['no', 'yes'], confusion })!
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'true ↓  predicted →  no    yes',
      '──────────────────────────────',
      'no                    2      0',
      'yes                   1  1,000',
      '',
    ]);
    expect(confusionText({ labels: [] })).toBeUndefined();
  });

  it('are the most frequent ones of many classes, whichever form they come in', () => {
    const confusion = labels(13).map((_, truth) =>
      labels(13).map((_, predicted) => (truth === predicted ? 9 : 0) as number),
    );
    expect(confusionText({ labels: labels(13), confusion })).toBe('no class is taken for another\n');
    confusion[3]![4] = 2;
    confusion[12]![0] = 5;
    const lines = [
      'true  predicted  rows',
      '─────────────────────',
      'c12   c0            5',
      'c3    c4            2',
      '',
    ];
    expect(confusionText({ labels: labels(13), confusion })!.split('\n')).toEqual(lines);
    const confusionCells = [
      [3, 3, 9],
      [3, 4, 2],
      [12, 0, 5],
    ] as const;
    expect(confusionText({ labels: labels(13), confusionCells })!.split('\n')).toEqual(lines);
  });

  it('say how many there are beyond those listed', () => {
    const confusionCells = labels(25).map((_, i) => [i, i + 1, 1] as const);
    const lines = confusionText({ labels: labels(400), confusionCells })!
      .trim()
      .split('\n');
    expect(lines).toHaveLength(23);
    expect(lines.at(-1)).toBe('and 5 more pairs of classes: --json');
  });
});
