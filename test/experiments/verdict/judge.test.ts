import { describe, expect, it } from 'vitest';
import { comparePair } from '../../../extension/experiments/verdict/comparePair.ts';
import { type JudgedPair, judge } from '../../../extension/experiments/verdict/judge.ts';
import type { ArmRun, ArmRuns, Question } from '../../../extension/experiments/verdict/question.ts';
import { rowScore } from '../../../extension/experiments/verdict/rowScore.ts';
import { pairSentence } from '../../../extension/experiments/verdict/sentences.ts';
import { chiefLines, keptSentences, verdictLines } from '../../../extension/experiments/verdict/verdictLines.ts';
import { warningsOf } from '../../../extension/experiments/verdict/warnings.ts';
import { measure, metricOf } from '../../../extension/metrics/registry.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { eachRun } from '../../support/eachRun.ts';
import { scoresOf } from '../statistics/golden.ts';

const run = (seed: number, score: number | undefined, more: Partial<ArmRun> = {}): ArmRun => ({
  seed,
  score,
  state: 'finished',
  seconds: 10,
  peakBytes: 1e9,
  evaluations: 3,
  ...more,
});

const arm = (name: string, scores: readonly (number | undefined)[], more: Partial<ArmRuns> = {}): ArmRuns => ({
  name,
  runs: scores.map((score, i) => run(i + 1, score)),
  tunable: 1000,
  ...more,
});

const question = (arms: readonly ArmRuns[], more: Partial<Question> = {}): Question => ({
  title: '',
  metric: metricOf('accuracy'),
  arms,
  reference: undefined,
  split: 'test',
  rowsDiffer: false,
  ...more,
});

const [gains, biases, union, near] = ['gains', 'biases', 'union', 'near'].map((name) => arm(name, scoresOf(name)));

const sentences = (asked: Question): readonly string[] => judge([asked])[0]!.pairs.map(({ sentence }) => sentence);
const warnings = (asked: Question): readonly string[] => judge([asked])[0]!.warnings;

describe('the leaderboard', () => {
  it('has the best arm first, with every seed and what it costs', () => {
    const [verdict] = judge([question([biases!, arm('none', [undefined]), gains!])]);
    expect(verdict!.leaderboard.map(({ arm }) => arm)).toEqual(['gains', 'biases', 'none']);
    expect(verdict!.leaderboard[0]).toMatchObject({
      spread: { n: 5, mean: expect.closeTo(0.83664, 10) },
      scores: scoresOf('gains').map((score, i) => ({ seed: i + 1, score })),
      planned: 5,
      tunable: 1000,
      seconds: 10,
      peakBytes: 1e9,
    });
    expect(verdict!.leaderboard[2]).toMatchObject({ spread: undefined, scores: [], planned: 1, seconds: undefined });
  });

  it('has the least loss first', () => {
    const [verdict] = judge([question([gains!, biases!], { metric: metricOf('loss') })]);
    expect(verdict!.leaderboard.map(({ arm }) => arm)).toEqual(['biases', 'gains']);
  });
});

describe('the verdict over a pair', () => {
  it('is better where chance would seldom do as well', () => {
    expect(sentences(question([gains!, biases!]))).toEqual([
      'gains is better than biases: accuracy +2.3 points, between +1.6 and +3.1 points for these test rows (p = 0.008).',
    ]);
  });

  it('names the seeds that it is about where others of an arm have no result', () => {
    const diverged = arm('full', [
      ...Array.from({ length: 4 }, (_, i) => 0.91 + i / 1000),
      ...Array(6).fill(Number.NaN),
    ]);
    expect(sentences(question([diverged, biases!]))[0]).toMatch(
      /^full \(4 of 10 seeds\) is better than biases: accuracy \+\d/,
    );
    const shorter = arm('short', [...scoresOf('gains'), undefined]);
    expect(sentences(question([shorter, near!]))[0]).toMatch(/^short \(5 of 6 seeds\) and near are not told apart: /);
  });

  it('is worse than the reference where it is', () => {
    expect(sentences(question([gains!, biases!], { reference: 'gains' }))).toEqual([
      'biases is worse than gains: accuracy −2.3 points, between −3.1 and −1.6 points for these test rows (p = 0.008).',
    ]);
  });

  it('counts all comparisons of the sweep', () => {
    const [verdict] = judge([question([gains!, biases!, union!])]);
    // 2/252 twice and 1, times three, two and one.
    expect(verdict!.pairs.map(({ adjustedP }) => adjustedP)).toEqual([
      expect.closeTo(1, 10),
      expect.closeTo(6 / 252, 10),
      expect.closeTo(6 / 252, 10),
    ]);
    expect(verdict!.pairs.map(({ first, second, verdict }) => `${first} ${verdict} ${second}`)).toEqual([
      'gains open union',
      'gains better biases',
      'union better biases',
    ]);
    const two = judge([question([gains!, biases!]), question([union!, biases!])]);
    expect(two.map(({ pairs }) => pairs[0]!.adjustedP)).toEqual([
      expect.closeTo(4 / 252, 10),
      expect.closeTo(4 / 252, 10),
    ]);
    expect(two[0]!.pairs[0]!.sentence).toContain('(p = 0.016 after 2 comparisons)');
  });

  it('has the exact p of ten seeds against ten, of which many comparisons leave enough', () => {
    const apart = (name: string, from: number) =>
      arm(
        name,
        Array.from({ length: 10 }, (_, i) => from + i / 1000),
      );
    const same = Array.from({ length: 4 }, (_, i) => apart(`a${i}`, 0.5));
    const [large] = judge([question([...same, apart('z', 0.9)])]);
    expect(large!.pairs).toHaveLength(10);
    expect(large!.pairs[0]).toMatchObject({ first: 'z', adjustedP: expect.closeTo((10 * 2) / 184_756, 10) });
  });

  it('is open where the difference may be chance, and says what would have been missed', () => {
    expect(sentences(question([gains!, near!]))).toEqual([
      'gains and near are not told apart: accuracy between −0.5 and +1.0 points for these test rows (p = 0.47). With 5 seeds each and this spread a difference below 1.0 points is missed one time in five or more often. If +0.2 points is the truth, 75 seeds each would tell.',
    ]);
    // Nobody asks how many seeds would tell a difference that reads as none.
    expect(sentences(question([gains!, union!]))[0]).toMatch(/is missed one time in five or more often\.$/);
  });

  /** So many arms, each a point above the one before, with so many seeds of a spread of 0.6 points. */
  const ladder = (arms: number, seeds: number): readonly ArmRuns[] =>
    Array.from({ length: arms }, (_, i) =>
      arm(
        `a${i}`,
        Array.from({ length: seeds }, (_, seed) => 0.7 + i / 100 + (seed % 3) * 0.006),
      ),
    );
  const pairOf = (asked: Question, first: string, second: string): JudgedPair =>
    judge([asked])[0]!.pairs.find((pair) => pair.first === first && pair.second === second)!;

  it('says that so few seeds among so many comparisons could show nothing, and how many could', () => {
    expect(pairOf(question(ladder(10, 5)), 'a9', 'a4').sentence).toBe(
      'a9 and a4 are not told apart: accuracy between +4.3 and +5.7 points for these test rows, were it the only comparison (p = 0.36 after 45 comparisons). With 5 seeds each no difference at all could be shown among 45 comparisons. If +5.0 points is the truth, 7 seeds each would tell.',
    );
    expect(pairOf(question(ladder(10, 5)), 'a9', 'a4')).toMatchObject({ detectable: undefined, seedsToTell: 7 });
  });

  it('knows that among many comparisons smaller differences are missed, and more seeds needed', () => {
    const alone = pairOf(question(ladder(2, 10)), 'a1', 'a0');
    const among = pairOf(question(ladder(10, 10)), 'a1', 'a0');
    expect(among.difference).toEqual(alone.difference);
    // A test at 0.05 / 45 in place of 0.05, with 18 degrees of freedom.
    expect(among.detectable! / alone.detectable!).toBeCloseTo(4.819 / 2.955, 2);
    expect(among.seedsToTell).toBeGreaterThan(alone.seedsToTell!);
  });

  it('has no number of seeds that would tell where there are too many comparisons for any', () => {
    const [first, second] = ladder(2, 12).map(({ name, runs }) => ({ name, scores: runs.map(({ score }) => score!) }));
    const among = { comparisons: 1101, leastP: 1101 / 20_001 };
    const pair = comparePair(second!, first!, 'higher', { newRows: undefined, adjustedNewRows: undefined }, among);
    expect(pair).toMatchObject({ detectable: undefined, seedsToTell: undefined });
    const words = {
      split: 'test',
      rowsDiffer: false,
      verdict: 'open',
      adjustedP: 0.9,
      comparisons: 1101,
      planned: [5, 5] as const,
    } as const;
    expect(pairSentence(pair, { ...words, metric: metricOf('accuracy') })).toMatch(
      / With 12 seeds each no difference at all could be shown among 1,101 comparisons\.$/,
    );
  });

  it('is about rows that each seed draws where no rows are the same for all', () => {
    expect(sentences(question([gains!, biases!], { split: 'validation', rowsDiffer: true }))).toEqual([
      'gains is better than biases: accuracy +2.3 points, between +1.6 and +3.1 points for validation rows that each seed draws (p = 0.008).',
    ]);
  });

  it('does not call sure the size of a difference whose interval holds none at all', () => {
    const arms = [arm('steady', [0.8, 0.81, 0.82, 0.83]), arm('collapsed', [0.79, 0.78, 0.77, 0.5])];
    expect(sentences(question(arms))).toEqual([
      'steady is better than collapsed: accuracy +10 points, though its size is uncertain: between −12 and +33 points for these test rows (p = 0.029).',
    ]);
  });

  it('says what an interval supposes that leaves out no difference where p does not', () => {
    const arms = [arm('a', [0.8, 0.81, 0.82, 0.8]), arm('b', [0.79, 0.78, 0.802, 0.785])];
    expect(sentences(question(arms))[0]).toMatch(
      /^a and b are not told apart: .* for these test rows, where scores are normal, which p does not suppose \(p = 0\.0\d+\)/,
    );
  });

  it('compares with the reference alone', () => {
    const [verdict] = judge([question([gains!, biases!, union!], { reference: 'biases' })]);
    expect(verdict!.pairs.map(({ first, second }) => [first, second])).toEqual([
      ['gains', 'biases'],
      ['union', 'biases'],
    ]);
  });

  it('has a lower loss for the better one', () => {
    const losses = { metric: metricOf('loss') };
    const [verdict] = judge([question([gains!, biases!], losses)]);
    expect(verdict!.pairs[0]).toMatchObject({ first: 'biases', second: 'gains', verdict: 'better', better: 1 });
    expect(verdict!.pairs[0]!.sentence).toBe(
      'biases is better than gains: loss −0.023, between −0.031 and −0.016 for these test rows (p = 0.008).',
    );
  });

  it('has no p below four seeds', () => {
    const three = (name: string) => arm(name, scoresOf(name).slice(0, 3));
    const [verdict] = judge([question([three('gains'), three('biases')])]);
    expect(verdict!.pairs[0]).toMatchObject({ p: undefined, adjustedP: undefined, verdict: 'untested' });
    expect(verdict!.pairs[0]!.sentence).toBe(
      'gains and biases are not compared: accuracy +2.4 points may be chance; 3 seeds each prove nothing, take 4 or more.',
    );
    expect(sentences(question([arm('a', [0.8]), arm('b', [0.7])]))).toEqual([
      'a and b are not compared: 1 seed each prove nothing, take 4 or more.',
    ]);
    expect(sentences(question([arm('a', [0.8]), arm('b', [])]))).toEqual([
      'a and b are not compared: b has no result.',
    ]);
  });

  it('knows arms that no seed changes', () => {
    const flat = (name: string, score: number) => arm(name, [score, score, score, score]);
    expect(sentences(question([flat('a', 0.8), flat('b', 0.8)]))).toEqual([
      'a and b are not told apart: accuracy between 0.00 and 0.00 points for these test rows (p = 1.00). With 4 seeds each there is no spread at all.',
    ]);
    expect(judge([question([flat('a', 0.9), flat('b', 0.8)])])[0]!.pairs[0]).toMatchObject({ verdict: 'better' });
  });
});

/** Runs that judge the same rows: each row has its own difficulty, and each arm its share of right ones. */
function rowArms(seed: number, shares: Readonly<Record<string, number>>, rows: number, seeds = 5): readonly ArmRuns[] {
  const random = new Random(seed, 'rows');
  const difficulty = Array.from({ length: rows }, () => random.nextFloat());
  return Object.entries(shares).map(([name, share]) => {
    const runs = Array.from({ length: seeds }, (_, i) => {
      const skill = share + 0.003 * random.nextNormal();
      const right = difficulty.map((hard) => (0.9 * hard + 0.1 * random.nextFloat() < skill ? 1 : 0));
      const score = right.reduce<number>((sum, one) => sum + one, 0) / rows;
      return run(i + 1, score, { outcomes: { kind: 'classes', width: 1, values: right } });
    });
    return { name, runs, tunable: 10 };
  });
}

/** Share of right rows. */
const accuracy = eachRun(({ values }, counts) => {
  let [right, all] = [0, 0];
  for (let row = 0; row < counts.length; row++) {
    right += counts[row]! * values[row]!;
    all += counts[row]!;
  }
  return right / all;
});

describe('new rows', () => {
  it('have a wider interval than these rows', () => {
    const [verdict] = judge([question(rowArms(1, { a: 0.85, b: 0.8 }, 500), { scoreOfRows: accuracy })]);
    const [{ difference, newRows, sentence }] = verdict!.pairs as [JudgedPair];
    expect(newRows!.high - newRows!.low).toBeGreaterThan(difference!.interval.high - difference!.interval.low);
    expect(sentence).toMatch(/^a is better than b: .* for these test rows, between \+.* points for new rows too \(p/);
  });

  it('can leave open what these rows show', () => {
    const [verdict] = judge([question(rowArms(3, { a: 0.83, b: 0.8 }, 40, 8), { scoreOfRows: accuracy })]);
    expect(verdict!.pairs[0]!.sentence).toMatch(
      /, but between −.* and \+.* points for new rows, where it is not shown \(p/,
    );
  });

  it('are not shown to differ by an interval that is wide enough for one comparison alone', () => {
    const metric = metricOf('accuracy');
    const among = { comparisons: 15, leastP: 30 / 184_756 };
    const scores = (from: number) => Array.from({ length: 10 }, (_, i) => from + i / 300);
    const newRows = { newRows: { low: 0.004, high: 0.043 }, adjustedNewRows: { low: -0.006, high: 0.052 } };
    const words = {
      metric,
      split: 'test',
      rowsDiffer: false,
      verdict: 'better',
      adjustedP: 0.004,
      comparisons: 15,
    } as const;
    const said = (of: typeof newRows): string => {
      const arms = [
        { name: 'a', scores: scores(0.823) },
        { name: 'b', scores: scores(0.8) },
      ] as const;
      return pairSentence(comparePair(...arms, 'higher', of, among), { ...words, planned: [10, 10] });
    };
    expect(said(newRows)).toBe(
      'a is better than b: accuracy +2.3 points, between +1.4 and +3.2 points for these test rows, but not shown for new rows: between +0.4 and +4.3 points, were it the only comparison (p = 0.004 after 15 comparisons).',
    );
    const shown = { newRows: { low: 0.011, high: 0.06 }, adjustedNewRows: { low: 0.004, high: 0.067 } };
    expect(said(shown)).toContain(', between +1.1 and +6.0 points for new rows too (p = 0.004 after 15 comparisons).');
  });

  it('are seldom shown to differ in a sweep of six arms that do not', () => {
    const random = new Random(3, 'equal arms');
    const rows = 120;
    // Each arm has its own chance for each row, drawn alike: they differ for these rows, and not for new ones.
    const equal = (name: string): ArmRuns => {
      const chances = Array.from({ length: rows }, () => (random.nextFloat() < 0.85 ? 0.97 : 0.1));
      const runs = Array.from({ length: 10 }, (_, i) => {
        const right = chances.map((chance) => (random.nextFloat() < chance ? 1 : 0));
        const score = right.reduce<number>((sum, one) => sum + one, 0) / rows;
        return run(i + 1, score, { outcomes: { kind: 'classes', width: 1, values: right } });
      });
      return { name, runs, tunable: 10 };
    };
    const sweeps = Array.from({ length: 6 }, () => {
      const arms = ['a', 'b', 'c', 'd', 'e', 'f'].map(equal);
      return judge([question(arms, { scoreOfRows: accuracy })])[0]!.pairs;
    });
    const shown = sweeps.filter((pairs) =>
      pairs.some(({ sentence }) => sentence.includes('is better than') && sentence.includes('for new rows too')),
    );
    const alone = sweeps.filter((pairs) =>
      pairs.some(({ newRows, verdict }) => verdict === 'better' && newRows!.low > 0),
    );
    expect(alone.length).toBeGreaterThan(shown.length);
    expect(shown.length).toBeLessThanOrEqual(1);
  });

  it('have no interval where a correlation has no value on many resamples', () => {
    // Of twenty rows eighteen have one and the same number.
    const truth = Array.from({ length: 20 }, (_, i) => (i === 3 ? 4 : i === 11 ? 5 : 0));
    const random = new Random(5, 'correlation');
    const noisy = (name: string, noise: number): ArmRuns => ({
      name,
      tunable: 10,
      runs: Array.from({ length: 5 }, (_, i) => {
        const predicted = truth.map((value) => value + noise * (random.nextFloat() - 0.5));
        const values = truth.flatMap((value, row) => [value, predicted[row]!]);
        const { pearson } = measure('numbers', { truth, predicted });
        return run(i + 1, pearson, { outcomes: { kind: 'numbers', width: 2, values } });
      }),
    });
    const scoreOfRows = rowScore('pearson', 'numbers');
    const asked = question([noisy('a', 1), noisy('b', 6)], { metric: metricOf('pearson'), scoreOfRows });
    const [pair] = judge([asked])[0]!.pairs;
    expect(pair!.newRows).toBeUndefined();
    expect(pair!.sentence).toMatch(/^a is better than b: .* for these test rows \(p = 0\.\d+\)\.$/);
  });

  it('are left out where runs judged different rows, or one of them kept no outcomes', () => {
    const arms = rowArms(1, { a: 0.85, b: 0.8 }, 50);
    const differing = { scoreOfRows: accuracy, rowsDiffer: true };
    expect(judge([question(arms, differing)])[0]!.pairs[0]!.newRows).toBeUndefined();
    const [first, ...others] = arms[1]!.runs;
    const partly = [arms[0]!, { ...arms[1]!, runs: [{ ...first!, outcomes: undefined }, ...others] }];
    expect(judge([question(partly, { scoreOfRows: accuracy })])[0]!.pairs[0]!.newRows).toBeUndefined();
  });
});

describe('the lines of a verdict', () => {
  const few = ['a', 'b', 'c', 'd'].map((name) => arm(name, [0.8]));

  it('count the pairs that were not compared where there are many', () => {
    const [verdict] = judge([question([...few, gains!, biases!])]);
    expect(verdict!.pairs).toHaveLength(15);
    expect(verdictLines(verdict!.pairs)).toEqual([
      { text: expect.stringMatching(/^gains is better than biases: /), verdict: 'better' },
      { text: '14 other pairs are not compared, for the reasons below.', verdict: 'untested' },
    ]);
    expect(verdict!.warnings).toContain('a, b, c, d: 1 seed, and fewer than 4 prove nothing; add seeds');
    expect(verdictLines(judge([question(few)])[0]!.pairs).map(({ text }) => text)).toEqual([
      '6 pairs are not compared, for the reasons below.',
    ]);
  });

  it('name, of many pairs, those with the best arm or the reference, and count the others', () => {
    const flat = Array.from({ length: 9 }, (_, i) => arm(`b${i}`, [0.8, 0.81, 0.82, 0.8 + i / 1000, 0.79]));
    const [verdict] = judge([question([...flat, arm('best', [0.9, 0.91, 0.92, 0.9, 0.89])])]);
    const lines = chiefLines(verdict!.pairs, undefined);
    expect(lines.slice(0, 9).every((line) => line.startsWith('best '))).toBe(true);
    expect(lines.slice(9)).toEqual(['36 other pairs are not told apart; all with --details.']);
    const held = chiefLines(verdict!.pairs, 'b0');
    expect(held.slice(0, 9).every((line) => / b0(:| are)/.test(line) || line.startsWith('b0 '))).toBe(true);
    expect(chiefLines(verdict!.pairs.slice(0, 6), undefined)).toHaveLength(6);
  });

  it('name differences between other arms as far as they are few', () => {
    const pair = (first: string, second: string, verdict: 'better' | 'open') => ({
      ...{ first, second, verdict },
      sentence: `${first} ${verdict} ${second}`,
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const pairs = (isBetter: (first: string, second: string) => boolean) =>
      names.flatMap((first, i) =>
        names.slice(i + 1).map((second) => pair(first, second, isBetter(first, second) ? 'better' : 'open')),
      );
    expect(
      chiefLines(
        pairs((_, second) => second === 'f'),
        undefined,
      ),
    ).toEqual([
      ...['a open b', 'a open c', 'a open d', 'a open e', 'a better f'],
      ...['b better f', 'c better f', 'd better f', 'e better f'],
      '6 other pairs are not told apart; all with --details.',
    ]);
    expect(
      chiefLines(
        pairs((first, second) => first !== 'e' || second !== 'f'),
        undefined,
      ).slice(5),
    ).toEqual(['1 other pair is not told apart, 9 other pairs differ; all with --details.']);
  });

  it('stand in lists as they are for one question, and under titles after their count for several', () => {
    const one = judge([question([gains!, biases!], { title: 'x.tsv' })]);
    expect(keptSentences(one)).toEqual([one[0]!.pairs[0]!.sentence]);
    const two = judge([
      question([gains!, biases!], { title: 'x.tsv (x.peft.yaml)' }),
      question([gains!, near!], { title: 'y.tsv (y.peft.yaml)' }),
    ]);
    expect(keptSentences(two)).toEqual([
      '1 of 2 comparisons shows a difference.',
      `x.tsv (x.peft.yaml): ${two[0]!.pairs[0]!.sentence}`,
      `y.tsv (y.peft.yaml): ${two[1]!.pairs[0]!.sentence}`,
    ]);
  });

  it('name each pair where there are few', () => {
    const [verdict] = judge([question(few.slice(0, 3))]);
    expect(verdictLines(verdict!.pairs).map(({ text }) => text)).toEqual(
      verdict!.pairs.map(({ sentence }) => sentence),
    );
  });
});

describe('warnings', () => {
  it('name runs without a result, few seeds and the edge of the grid', () => {
    const runs = [run(1, 0.8), run(2, Number.NaN), run(3, undefined, { state: 'failed' }), run(4, 0.7), run(5, 0.75)];
    const arms = [
      { ...arm('a', []), runs },
      { ...gains!, edges: ['training.learning_rate 0.01'] },
    ];
    expect(warnings(question(arms))).toEqual([
      'a: 2 of 5 runs have no result (seed 2 diverged; seed 3 failed); the mean is over the others',
      'a: 3 seeds, and fewer than 4 prove nothing; add seeds',
      'gains: the best training.learning_rate 0.01 is at the edge of the grid; widen the grid before you compare',
    ]);
  });

  it('ask for more seeds only where those that are to come do not do', () => {
    const soon = (name: string, states: readonly string[]): ArmRuns => ({
      ...gains!,
      name,
      runs: states.map((state, i) => run(i + 1, state === 'finished' ? 0.8 + i / 100 : undefined, { state })),
    });
    const three = ['finished', 'finished', 'finished'];
    expect(
      warnings(
        question([
          soon('goes on', [...three, 'running', 'not run yet']),
          soon('resumable', [...three, 'stopped']),
          soon('planned so', three),
          soon('failed', [...three, 'failed', 'died']),
          soon('two planned', ['finished', 'not run yet']),
        ]),
      ).filter((text) => text.includes('prove nothing')),
    ).toEqual([
      'goes on, resumable: 3 seeds, and fewer than 4 prove nothing; let the others run',
      'planned so, failed: 3 seeds, and fewer than 4 prove nothing; add seeds',
      'two planned: 1 seed, and fewer than 4 prove nothing; add seeds',
    ]);
  });

  it('tell when validation rows judge', () => {
    const arms = [gains!, biases!];
    expect(warnings(question(arms))).toEqual([]);
    expect(warnings(question(arms, { split: 'validation', rowsDiffer: true }))).toEqual([
      'judged on validation rows, which also chose the checkpoints: results are a little too good; set data.test',
      'each seed drew validation rows of its own (data.validation_split), so rows are not compared; set data.test',
    ]);
  });

  it('tell when some runs were evaluated more often', () => {
    const often = { ...biases!, runs: biases!.runs.map((one) => ({ ...one, evaluations: 12 })) };
    expect(warnings(question([gains!, often], { split: 'validation' }))[0]).toBe(
      'runs kept the best of 3 to 12 evaluations; more evaluations favour a run, whose results are then too good: give all the same training.eval_steps',
    );
    const tuned = { ...often, tuned: ['training.epochs 9'] };
    expect(warnings(question([gains!, tuned]))).toEqual([
      'runs kept the best of 3 to 12 evaluations; more evaluations favour a run, which can choose a better checkpoint: their lengths were tuned, so set training.keep_best: false',
    ]);
  });

  it('do not ask for equal numbers of evaluations of runs that stop early, each at its own', () => {
    const stopping = biases!.runs.map((one) => ({ ...one, evaluations: 3 + one.seed, stopsEarly: true }));
    expect(warnings(question([gains!, { ...biases!, runs: stopping }]))).toEqual([]);
  });

  it('tell what validation rows chose beside judging, and nothing where they chose nothing', () => {
    const last = (one: ArmRuns, more: Partial<ArmRun> = {}): ArmRuns => ({
      ...one,
      runs: one.runs.map((run) => ({ ...run, evaluations: 1, ...more })),
    });
    const judged = (...arms: readonly ArmRuns[]) => warnings(question(arms, { split: 'validation' }));
    const chose = (what: string): string =>
      `judged on validation rows, which also chose the ${what}: results are a little too good; set data.test`;
    const tuned = { ...biases!, tuned: ['training.learning_rate 0.01'] };
    expect(judged(last(gains!), last(biases!))).toEqual([]);
    expect(judged(last(gains!), last(tuned))).toEqual([chose('values')]);
    expect(judged(gains!, tuned)).toEqual([chose('values and checkpoints')]);
    expect(judged(last(gains!, { stopsEarly: true }), last(biases!))).toEqual([chose('checkpoints')]);
  });

  it('tell when no difference could ever be shown', () => {
    const four = ['gains', 'biases', 'union'].map((name) => arm(name, scoresOf(name).slice(0, 4)));
    expect(warnings(question(four))).toEqual([
      '3 comparisons with so few seeds can show nothing, however large the difference; take 5 seeds or more for each arm',
    ]);
    expect(warnings(question(four.slice(0, 2)))).toEqual([]);
    const five = four.map((one) => ({ ...one, runs: [...one.runs, run(5, undefined, { state: 'not run yet' })] }));
    expect(warnings(question(five)).filter((text) => text.includes('comparisons'))).toEqual([]);
  });

  it('do not call too few the seeds of arms that others with more are told from', () => {
    const apart = (name: string, seeds: number, from: number) =>
      arm(
        name,
        Array.from({ length: seeds }, (_, i) => from + i / 1000),
      );
    const [verdict] = judge([question([apart('a', 10, 0.9), apart('b', 4, 0.8), apart('c', 4, 0.7)])]);
    expect(verdict!.pairs.map(({ verdict }) => verdict)).toEqual(['better', 'better', 'better']);
    expect(verdict!.warnings).toEqual([]);
  });

  it('tell of a sweep with more comparisons than any number of seeds can serve', () => {
    expect(warningsOf(question([gains!, biases!]), [0.0517], 1035)).toEqual([
      '1,035 comparisons at once can show nothing, however large the difference; compare fewer arms, or name a reference',
    ]);
  });
});

describe('an arm compared with itself', () => {
  it('is called better in at most one comparison of twenty', () => {
    const random = new Random(5, 'same arm');
    const verdicts = Array.from({ length: 200 }, (_, i) => {
      const seeds = 5 + (i % 3);
      const scores = () => Array.from({ length: seeds }, () => 0.83 + 0.005 * random.nextNormal());
      return judge([question([arm('a', scores()), arm('b', scores())])])[0]!.pairs[0]!.verdict;
    });
    const shown = verdicts.filter((verdict) => verdict !== 'open').length;
    expect(verdicts).not.toContain('untested');
    expect(shown).toBeLessThanOrEqual(10);
    // The test is exact: it would be as wrong if it never cried.
    expect(shown).toBeGreaterThan(2);
  });
});
