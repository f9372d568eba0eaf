import { describe, expect, it } from 'vitest';
import { mostFlippedRows, rowFlipsView } from '../../../extension/contract/rowFlips.ts';
import { armFlips } from '../../../extension/experiments/verdict/armFlips.ts';
import type { Question } from '../../../extension/experiments/verdict/question.ts';
import { metricOf } from '../../../extension/metrics/registry.ts';

/** Arms whose runs have rows right where a text has a dot: `.x.` */
function question(arms: Readonly<Record<string, readonly string[]>>, changes: Partial<Question> = {}): Question {
  return {
    title: 'test.tsv',
    metric: metricOf('accuracy'),
    reference: undefined,
    split: 'test',
    rowsDiffer: false,
    arms: Object.entries(arms).map(([name, runs]) => ({
      name,
      tunable: 1,
      runs: runs.map((rows, i) => ({
        seed: i + 1,
        score: rows.split('.').length / rows.length,
        state: 'finished',
        outcomes: { kind: 'classes', width: 2, values: [...rows].flatMap((row) => [1, row === '.' ? 1 : 0]) },
        seconds: 1,
        peakBytes: undefined,
        evaluations: 1,
      })),
    })),
    ...changes,
  };
}

describe('row flips of two arms', () => {
  const three = question({ a: ['...x', '..xx', '.xxx'], b: ['x.x.', '..x.', 'x.xx'] });

  it('count a row as right when more than half of the runs have it', () => {
    // a has 3, 2, 1, 0 of its runs right, b 1, 3, 0, 2.
    expect(armFlips(three, 'a', 'b')).toMatchObject({
      first: { name: 'a', runs: 3 },
      second: { name: 'b', runs: 3 },
      onlyFirst: 1,
      onlySecond: 1,
      bothRight: 1,
      bothWrong: 1,
      p: 1,
      rows: [
        { row: 0, right: 'first', firstRight: 3, secondRight: 1 },
        { row: 3, right: 'second', firstRight: 0, secondRight: 2 },
      ],
    });
  });

  it('compare single runs too', () => {
    expect(armFlips(three, 'a seed 3', 'a seed 1')).toMatchObject({ onlyFirst: 0, onlySecond: 2, bothRight: 1 });
  });

  it('list the clearest rows first, and no more than a page holds', () => {
    const many = 500;
    const found = armFlips(question({ a: ['.'.repeat(many)], b: ['x'.repeat(many)] }), 'a', 'b');
    expect(rowFlipsView.parse(found)).toMatchObject({ onlyFirst: many });
    expect(rowFlipsView.parse(found).rows).toHaveLength(mostFlippedRows);
  });

  it('keep rows of both sides, though all of one side are clearer', () => {
    // 450 rows are right in all five runs of a alone, 50 in three of b and two of a.
    const clear = 450;
    const dim = 50;
    const runs = (own: string, rights: number) =>
      Array.from({ length: 5 }, (_, i) => own.repeat(clear) + (i < rights ? '.' : 'x').repeat(dim));
    const { rows, onlyFirst, onlySecond } = rowFlipsView.parse(
      armFlips(question({ a: runs('.', 2), b: runs('x', 3) }), 'a', 'b'),
    );
    expect([onlyFirst, onlySecond]).toEqual([clear, dim]);
    expect(rows.filter(({ right }) => right === 'first')).toHaveLength(mostFlippedRows);
    expect(rows.filter(({ right }) => right === 'second')).toHaveLength(dim);
    expect(rows[0]).toMatchObject({ right: 'first', firstRight: 5, secondRight: 0 });
  });

  it('say why two arms cannot be compared', () => {
    expect(armFlips(three, 'a', 'c')).toEqual({
      why: 'c: must be one of the arms, or one run of an arm such as "a seed 1"; choose from a; b',
    });
    expect(armFlips(three, 'a', 'b seed 9')).toEqual({ why: 'b seed 9: has no result yet' });
    expect(armFlips(question({ a: ['..'], b: ['...'] }), 'a', 'b')).toEqual({
      why: 'a and b were judged on different numbers of rows; run them on the same file',
    });
    expect(armFlips({ ...three, rowsDiffer: true, split: 'validation' }, 'a', 'b')).toEqual({
      why: 'test.tsv: each seed was judged on rows of its own; set data.validation',
    });
  });
});
