import { describe, expect, it } from 'vitest';
import type { SweepView } from '../../../extension/contract/sweepView.ts';
import { armLooks, besideTheBest } from '../../../webview/sweep/armLooks.ts';
import { costPlot, tunedKeys, tuningPlot } from '../../../webview/sweep/pointPlots.ts';
import { differenceRows, rangeOf, scoreRows } from '../../../webview/sweep/rangeRows.ts';
import { leaderboardTable, pairTable, scoreTable, tuningTable } from '../../../webview/sweep/sweepTables.ts';
import { filmsSweep } from '../../support/browserSweep.ts';

const view = filmsSweep();
const verdict = view.verdicts![0]!;
const looks = armLooks(view);
const all = [0, 1, 2, 3];
/** The second arm has three of its five seeds. */
const early = filmsSweep(40).verdicts![0]!;

describe('the scores of a sweep', () => {
  it('have a row for each arm, the best first, with every seed and the interval of the mean', () => {
    const { rows, reference } = scoreRows(verdict, looks);
    expect(rows.map(({ name, dots }) => [name, dots.length])).toEqual([
      ['prefix + ln-tuning', 5],
      ['lora', 5],
      ['ln-tuning', 5],
      ['bitfit', 5],
    ]);
    expect(reference).toBe(rows[0]!.mean);
    for (const { interval, mean } of rows)
      expect([interval!.low < mean!, mean! < interval!.high]).toEqual([true, true]);
    expect(new Set(rows.map(({ look }) => look.colourIndex)).size).toBe(4);
  });

  it('names those that are not told apart from the best, and bold stands for a difference alone', () => {
    expect([...besideTheBest(verdict)].sort()).toEqual(['ln-tuning', 'lora']);
    expect(scoreRows(verdict, looks).rows.some(({ isStrong }) => isStrong)).toBe(false);
    // Compared with one arm alone nothing is known of the others.
    const pairs = verdict.pairs.filter(({ second }) => second === 'bitfit');
    expect(besideTheBest({ ...verdict, pairs })).toEqual([]);
  });

  it('have no interval of an arm that has few of its seeds yet', () => {
    const intervals = scoreRows(early, looks).rows.map(({ name, dots, interval }) => [name, dots.length, !!interval]);
    expect(intervals.slice(0, 2)).toEqual([
      ['ln-tuning', 5, true],
      ['bitfit', 3, false],
    ]);
    const small = early.leaderboard.map((row) => ({ ...row, planned: 3 }));
    expect(scoreRows({ ...early, leaderboard: small }, looks).rows[1]!.interval).toBeDefined();
    const [, bitfit] = costPlot(early, 'tunable', looks).series;
    expect(bitfit!.marks[0]).toMatchObject({ yInterval: undefined, front: 'unknown' });
  });

  it('have the line at the reference where there is one', () => {
    const { reference, rows } = scoreRows({ ...verdict, reference: 'bitfit' }, looks);
    expect(reference).toBe(rows.find(({ name }) => name === 'bitfit')!.mean);
  });

  it('keep all of it in sight, an arm without a result too', () => {
    const none = { ...verdict.leaderboard[0]!, arm: 'new', scores: [], spread: undefined };
    const plot = scoreRows({ ...verdict, leaderboard: [...verdict.leaderboard, none] }, looks);
    expect(plot.rows.at(-1)).toMatchObject({ dots: [], mean: undefined, end: 'no result' });
    const { low, high } = rangeOf(plot);
    expect(plot.rows.every(({ dots }) => dots.every((dot) => low < dot && dot < high))).toBe(true);
  });
});

describe('the differences of a sweep', () => {
  it('have both intervals, that for new rows the wider one', () => {
    const { rows, reference } = differenceRows(verdict, looks);
    expect(rows).toHaveLength(6);
    expect(reference).toBe(0);
    for (const { interval, wider } of rows)
      expect(wider!.high - wider!.low).toBeGreaterThan(interval!.high - interval!.low);
    expect(rows.filter(({ isStrong }) => isStrong).map(({ name }) => name)).toEqual([
      'prefix + ln-tuning − bitfit',
      'lora − bitfit',
      'ln-tuning − bitfit',
    ]);
  });

  it('are means alone of pairs that have too few seeds to be compared', () => {
    const plot = differenceRows(early, looks);
    expect(plot.rows[0]).toMatchObject({ name: 'ln-tuning − bitfit', mean: expect.closeTo(0.046, 3) });
    for (const row of plot.rows) {
      expect(row).toMatchObject({ interval: undefined, wider: undefined, end: 'not compared', isStrong: false });
    }
    expect(rangeOf(plot).low).toBeLessThan(0);
  });

  it('have, of many pairs, a row for each with the best arm or the reference', () => {
    const arms = Array.from({ length: 18 }, (_, i) => `a${i}`);
    const pairs = arms.flatMap((first, i) =>
      arms.slice(i + 1).map((second) => ({ ...verdict.pairs[0]!, first, second, verdict: 'untested' as const })),
    );
    expect(differenceRows({ ...verdict, pairs }, looks).rows.map(({ name }) => name)).toEqual(
      arms.slice(1).map((second) => `a0 − ${second}`),
    );
    expect(differenceRows({ ...verdict, pairs, reference: 'a3' }, looks).rows).toHaveLength(17);
    expect(pairTable({ ...verdict, pairs }).rows).toHaveLength(153);
  });

  it('tell in their table for which rows a difference is shown', () => {
    const shown = (adjustedNewRows?: { low: number; high: number }) =>
      pairTable({
        ...verdict,
        pairs: [
          {
            ...verdict.pairs[0]!,
            verdict: 'better',
            newRows: adjustedNewRows && { low: 0.01, high: 0.02 },
            adjustedNewRows,
          },
        ],
      }).rows[0]!.at(-1)!.text;
    expect(shown({ low: 0.005, high: 0.025 })).toBe('better for new rows too');
    expect(shown({ low: -0.005, high: 0.035 })).toBe('better for these rows');
    expect(shown()).toBe('better');
  });

  it('names the unit of differences', () => {
    const unitsOf = (metric: string) => ({
      chart: differenceRows({ ...verdict, metric }, looks).unit,
      table: pairTable({ ...verdict, metric })
        .rows[0]!.slice(2, 7)
        .map(({ text }) => text.replace(/[+−\d. ]/g, '')),
    });
    expect(unitsOf('accuracy')).toEqual({ chart: 'points', table: Array(5).fill('points') });
    expect(unitsOf('matthews')).toEqual({ chart: '', table: Array(5).fill('') });
  });
});

describe('the tuning runs of a sweep', () => {
  it('lie over the rate on a log axis, seeds as dots, the chosen value ringed and the edge told', () => {
    expect(tunedKeys(view)).toEqual(['training.learning_rate']);
    const plot = tuningPlot(view, all, 'training.learning_rate', looks);
    expect(plot).toMatchObject({ isLog: true, xQuantity: 'learningRate' });
    const rings = plot.series.map(({ name, marks }) => [
      name,
      ...marks.filter(({ ring }) => ring).map(({ x, ring }) => [x, ring]),
    ]);
    expect(rings).toEqual([
      ['ln-tuning', [0.01, 'chosen']],
      ['bitfit', [0.03, 'edge']],
      ['lora', [0.003, 'chosen']],
      ['prefix + ln-tuning', [0.01, 'chosen']],
    ]);
    expect(plot.series.every(({ dots, marks }) => dots.length === 8 && marks.length === 4)).toBe(true);
  });

  it('hold other keys at what was chosen, name values that are no numbers, and leave failures out', () => {
    const point = (rate: number, schedule: string, score: number | null) => ({
      settings: [
        { key: 'rate', value: rate },
        { key: 'schedule', value: schedule },
      ],
      scores: [{ seed: 1, score }],
      isDropped: false,
    });
    const two: Pick<SweepView, 'cells' | 'tuning'> = {
      cells: view.cells,
      tuning: [
        {
          cell: 0,
          metric: 'accuracy',
          chosen: 3,
          edges: [],
          points: [point(1, 'linear', 0.5), point(1, 'cosine', 0.6), point(2, 'linear', null), point(2, 'cosine', 0.8)],
        },
      ],
    };
    const [rates] = tuningPlot(two, [0], 'rate', looks).series;
    expect(rates!.marks.map(({ x, y }) => [x, y])).toEqual([
      [1, 0.6],
      [2, 0.8],
    ]);
    expect(rates!.dots.map(({ isAside }) => isAside)).toEqual([true, false, false]);
    const schedules = tuningPlot(two, [0], 'schedule', looks);
    expect(schedules).toMatchObject({ places: ['linear', 'cosine'], isLog: false });
    expect(schedules.series[0]!.marks.map(({ x, y }) => [x, y])).toEqual([[1, 0.8]]);
  });
});

describe('score against cost', () => {
  it('marks the front where intervals allow it, and joins it only where several arms are on it', () => {
    const { series, isLog, front } = costPlot(verdict, 'tunable', looks);
    expect(series.map(({ name, marks }) => [name, marks[0]!.front])).toEqual([
      ['prefix + ln-tuning', 'open'],
      ['lora', 'open'],
      ['ln-tuning', 'on'],
      ['bitfit', 'off'],
    ]);
    expect({ isLog, front }).toEqual({ isLog: true, front: [] });
    const { xQuantity, series: timed } = costPlot(verdict, 'seconds', looks);
    expect(xQuantity).toBe('seconds');
    expect(timed[0]!.marks[0]!.xInterval!.low).toBeLessThan(timed[0]!.marks[0]!.x);
  });
});

describe('the tables of a sweep', () => {
  it('have a line for each arm, seed, pair and tuning run, each as wide as its head', () => {
    const tables = [leaderboardTable(verdict), scoreTable(verdict), pairTable(verdict), tuningTable(view, all)];
    expect(tables.map(({ rows }) => rows.length)).toEqual([4, 20, 6, 32]);
    for (const { columns, rows } of tables) expect(rows.every((row) => row.length === columns.length)).toBe(true);
    expect(tables[3]!.rows.filter((row) => row.at(-1)!.text === 'chosen')).toHaveLength(8);
  });
});
