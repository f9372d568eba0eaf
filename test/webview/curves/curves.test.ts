import { describe, expect, it } from 'vitest';
import type { Quantity } from '../../../extension/view/figures.ts';
import { keptValue } from '../../../extension/view/keptValue.ts';
import { lineDatasets } from '../../../webview/charts/lineDatasets.ts';
import { axisTickText, sizeOf, spacingAround, spacingOf, tickText } from '../../../webview/curves/axisText.ts';
import { curveCards as cardsOf, lookIn, namedLines } from '../../../webview/curves/curves.ts';
import { curveCsv } from '../../../webview/curves/curveTable.ts';
import { largestTriangles, nearestIndex, pointsToDraw } from '../../../webview/curves/decimate.ts';
import { readingsAt } from '../../../webview/curves/readings.ts';
import { seedBand } from '../../../webview/curves/seedBand.ts';
import { smooth } from '../../../webview/curves/smooth.ts';
import { Memory } from '../../../webview/page/memory.ts';
import type { Axis } from '../../../webview/state/choices.ts';
import { initialState, type Message, reduce } from '../../../webview/state/state.ts';
import { random, testRun } from '../../support/browserRuns.ts';
import { testTheme } from '../../support/testTheme.ts';

const ramp = (n: number) => Float64Array.from({ length: n }, (_, index) => index);
const memory = new Memory();
const curveCards = (state: ReturnType<typeof initialState>) => cardsOf(state, memory);
const stateOf = (messages: readonly Message[]) => messages.reduce(reduce, initialState(0, true));

describe('largestTriangles', () => {
  it('keeps both ends, order and every spike', () => {
    const x = ramp(100_000);
    const y = new Float64Array(100_000);
    for (const at of [17, 5000, 99_990]) y[at] = 100;
    const taken = largestTriangles(x, y, 0, y.length, 500);
    expect(taken.length).toBe(500);
    expect(taken[0]).toBe(0);
    expect(taken.at(-1)).toBe(99_999);
    expect(taken).toEqual([...taken].sort((a, b) => a - b));
    expect(taken).toEqual(expect.arrayContaining([17, 5000, 99_990]));
  });

  it('keeps a gap of NaN a gap', () => {
    const y = Float64Array.from({ length: 10_000 }, (_, index) => (index >= 4000 && index < 6000 ? Number.NaN : 1));
    const points = pointsToDraw(ramp(10_000), y, { from: 0, to: 9999 }, 100, false);
    const gap = points.filter(({ y: value }) => Number.isNaN(value)).map(({ x }) => x);
    expect(gap.length).toBeGreaterThan(10);
    expect(Math.min(...gap)).toBeGreaterThanOrEqual(4000);
    expect(Math.max(...gap)).toBeLessThan(6000);
  });

  it('takes all of few points, and of a zoomed part one more on each side', () => {
    expect(largestTriangles(ramp(5), ramp(5), 0, 5, 10)).toEqual([0, 1, 2, 3, 4]);
    expect(pointsToDraw(ramp(100), ramp(100), { from: 10, to: 12 }, 50, false).map(({ x }) => x)).toEqual([
      9, 10, 11, 12, 13,
    ]);
  });

  it('leaves out what a log axis cannot show', () => {
    const points = pointsToDraw(ramp(3), Float64Array.of(-1, 0, 1), { from: 0, to: 2 }, 10, true);
    expect(points.map(({ y }) => y)).toEqual([Number.NaN, Number.NaN, 1]);
  });
});

describe('smooth', () => {
  it('keeps a constant and a straight line, takes noise away, and does not lag', () => {
    const x = ramp(2000);
    const next = random(3);
    const noisy = Float64Array.from(x, (at) => at / 1000 + (next() - 0.5));
    const smoothed = smooth(x, noisy, 0.7);
    const errors = Array.from(x, (at, index) => Math.abs(smoothed[index]! - at / 1000)).slice(200, -200);
    expect(Math.max(...errors)).toBeLessThan(0.12);
    expect(
      [...smooth(x.slice(0, 50), new Float64Array(50).fill(3), 1)].every((value) => Math.abs(value - 3) < 1e-12),
    ).toBe(true);
    expect(smooth(x, noisy, 0)).toBe(noisy);
  });

  it('weighs by distance: y′ᵢ = Σ 2^(−|xᵢ−xⱼ|/h) yⱼ / Σ 2^(−|xᵢ−xⱼ|/h), NaN apart', () => {
    const x = Float64Array.of(0, 1, 4, 5, 9);
    const y = Float64Array.of(1, 5, Number.NaN, 2, 8);
    const halfLife = 0.5 ** 2 * 0.05 * 9;
    const expected = Array.from(x, (at, i) => {
      if (Number.isNaN(y[i])) return Number.NaN;
      const weights = Array.from(x, (other, j) => (Number.isNaN(y[j]) ? 0 : 2 ** (-Math.abs(at - other) / halfLife)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.reduce((sum, weight, j) => sum + (weight === 0 ? 0 : weight * y[j]!), 0) / total;
    });
    for (const [i, value] of smooth(x, y, 0.5).entries()) {
      if (Number.isNaN(expected[i])) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(expected[i]!, 12);
    }
  });
});

describe('seedBand', () => {
  it('is the mean and the sample deviation where runs overlap, interpolated', () => {
    const band = seedBand([
      { x: Float64Array.of(0, 2, 4), y: Float64Array.of(1, 3, 5) },
      { x: Float64Array.of(0, 4), y: Float64Array.of(3, 3) },
    ]);
    expect([...band.x]).toEqual([0, 2, 4]);
    expect([...band.mean]).toEqual([2, 3, 4]);
    expect(band.deviation[0]).toBeCloseTo(Math.SQRT2, 12);
    expect(band.deviation[1]).toBe(0);
  });

  it('goes on with the runs that go on', () => {
    const band = seedBand([
      { x: Float64Array.of(0, 1, 2), y: Float64Array.of(1, 1, 7) },
      { x: Float64Array.of(0, 1), y: Float64Array.of(3, 3) },
    ]);
    expect(band.mean[2]).toBe(7);
  });

  it('has no deviation where one seed alone goes on', () => {
    const [long, short] = [testRun(1, { seed: 1 }), testRun(2, { seed: 2, state: 'stopped', done: 100 })];
    const waiting = testRun(3, { seed: 3, state: 'queued' });
    const [loss] = curveCards(stateOf([{ type: 'snapshot', runs: [long, short, waiting], foreign: [] }]));
    const training = loss!.lines.find(({ kind }) => kind === 'training')!;
    expect(training.label).toBe('ln-tuning · n = 2');
    const deviationAt = (x: number) =>
      readingsAt(loss!, x, { from: 0, to: 360 }, 0).find(({ line }) => line === training)!.deviation;
    expect(deviationAt(50)!).toBeGreaterThan(0);
    expect(deviationAt(200)).toBeNull();
    const trained = curveCsv(loss!)
      .split('\r\n')
      .filter((row) => row.includes(',train,'));
    const deviations = trained.map((row) => row.split(',').at(-1));
    expect([deviations[49], deviations[199]]).toEqual([expect.stringMatching(/^0\.\d+$/), '']);
    const [upper, lower] = lineDatasets(
      { ...loss!, lines: [training] },
      { range: { from: 0, to: 360 }, smoothing: 0.5, hasLogScale: false, width: 600, theme: testTheme() },
    );
    for (const edge of [upper!, lower!]) {
      const seen = edge.data.filter(({ y }) => Number.isFinite(y));
      expect(Math.max(...seen.map(({ x }) => Number(x)))).toBe(100);
    }
  });
});

describe('curveCards', () => {
  const seeds = [1, 2, 3].map((seed) => testRun(seed, { seed }));
  const other = testRun(9, { methods: 'lora' });
  const open = (...more: Message[]) => stateOf([{ type: 'snapshot', runs: [...seeds, other], foreign: [] }, ...more]);

  it('folds runs that differ in the seed alone, and unfolds them', () => {
    const loss = curveCards(open())[0]!;
    expect(
      loss.lines.filter(({ kind }) => kind === 'training').map(({ label, members }) => [label, members.length]),
    ).toEqual([
      ['lora', 1],
      ['ln-tuning · n = 3', 3],
    ]);
    const apart = curveCards(open({ type: 'foldSeeds', isOn: false }))[0]!;
    expect(apart.lines.filter(({ kind }) => kind === 'evaluation').map(({ label }) => label)).toEqual([
      'lora',
      'ln-tuning · s3',
      'ln-tuning · s2',
      'ln-tuning · s1',
    ]);
  });

  it('has a card for the loss, each metric and each column that was written', () => {
    expect(curveCards(open()).map(({ id }) => id)).toEqual([
      'loss',
      'evaluation:accuracy',
      'evaluation:f1',
      'learningRate',
      'gradientNorm',
      'tokensPerSecond',
      'memoryBytes',
    ]);
  });

  it('draws the rate of each parameter group by its name with dashes of its own, those that are equal as one line', () => {
    const run = testRun(4);
    const x = Float64Array.of(1, 2);
    const rate = (name: string, value: number) => ({
      name: `learning_rate of ${name}`,
      step: x,
      value: Float64Array.of(value, value / 2),
    });
    const metrics = [rate('ln-tuning', 1e-3), rate('lora', 4e-3), rate('head', 1e-3)];
    const shown = { ...run, series: { ...run.series, metrics } };
    const cards = curveCards(stateOf([{ type: 'snapshot', runs: [shown], foreign: [] }]));
    const card = cards.find(({ id }) => id === 'learningRate')!;
    const { lines } = card;
    expect(lines.map(({ label, members }) => [label, members[0]!.y[0]])).toEqual([
      ['ln-tuning · ln-tuning, head', 1e-3],
      ['ln-tuning · lora', 4e-3],
    ]);
    expect(cards.map(({ id }) => id)).not.toContain('metric:learning_rate of head');
    expect(new Set(lines.map((line) => JSON.stringify(lookIn(card, line)))).size).toBe(lines.length);
    expect([...namedLines(card).values()]).toEqual(lines);
  });

  it('puts evaluations where their step lies on the chosen axis', () => {
    const evaluation = (axis: 'time' | 'tokens' | 'epoch') =>
      curveCards(open({ type: 'axis', axis }, { type: 'check', runs: [other.record.id] }))
        .find(({ id }) => id === 'evaluation:accuracy')!
        .lines[0]!.members[0]!.x.slice(0, 2);
    expect([...evaluation('time')]).toEqual([0, 3.5999999999999996]);
    expect([...evaluation('tokens')]).toEqual([0, 11_100]);
    expect([...evaluation('epoch')]).toEqual([0, 0.25]);
  });

  it('flags the evaluation of the kept weights in every metric, and the figure of the list is its value', () => {
    const run = testRun(0);
    const evaluations = [0.7, 0.9, 0.8].map((accuracy, at) => ({
      step: 100 * (at + 1),
      epoch: at + 1,
      split: 'validation' as const,
      metrics: { loss: 0.6 - 0.1 * at, accuracy },
    }));
    const kept = (best: { name: string; value: number; step: number } | null) => {
      const { step: metricsStep, metrics } = evaluations.find(({ step }) => step === (best?.step ?? 300))!;
      const changed = {
        ...run,
        summary: { ...run.summary!, best, metricsStep, metrics },
        series: { ...run.series, evaluations },
      };
      const cards = curveCards(stateOf([{ type: 'snapshot', runs: [changed], foreign: [] }]));
      const flags = ['loss', 'evaluation:accuracy'].map(
        (id) => cards.find((card) => card.id === id)!.lines.find(({ kind }) => kind === 'evaluation')!.kept?.x,
      );
      return { flags, value: keptValue(changed)?.value };
    };
    expect(kept({ name: 'accuracy', value: 0.9, step: 200 })).toEqual({ flags: [200, 200], value: 0.9 });
    // A run that keeps no best weights keeps its last.
    expect(kept(null)).toEqual({ flags: [300, 300], value: 0.8 });
  });

  it('gives the same objects while nothing that it shows changed', () => {
    const state = open();
    expect(curveCards(reduce(state, { type: 'tick', nowMs: 1 }))).toBe(curveCards(state));
  });

  it('reads values best first, NaN last', () => {
    const bad = testRun(5, { methods: 'bitfit', nanFrom: 10 });
    const state = stateOf([
      { type: 'snapshot', runs: [other, bad, testRun(6, { methods: 'unified', quality: 0.9 })], foreign: [] },
    ]);
    const [loss, accuracy] = curveCards(state);
    const names = (card: typeof loss) =>
      readingsAt(card!, 300, { from: 0, to: 360 }, 0).map(
        ({ line, value }) => `${line.label}${Number.isNaN(value) ? ' NaN' : ''}`,
      );
    expect(names(accuracy)).toEqual(['unified', 'lora', 'bitfit NaN']);
    expect(names(loss).slice(-2)).toEqual(['bitfit NaN', 'bitfit NaN']);
  });

  it('reads values of the same rows together', () => {
    const elsewhere = { config: { data: { train: { file: 'b.tsv' }, validation: { file: 'b-dev.tsv' } } } };
    const runs = [
      testRun(1, { methods: 'lora', quality: 0.7 }),
      testRun(2, { methods: 'ia3', quality: 0.8, ...elsewhere }),
      testRun(3, { methods: 'unified', quality: 0.9 }),
    ];
    const card = curveCards(stateOf([{ type: 'snapshot', runs, foreign: [] }]))[1]!;
    const read = readingsAt(card, 300, { from: 0, to: 360 }, 0).map(({ line }) => line.label.split(' ')[0]);
    expect(read).toEqual(['unified', 'lora', 'ia3']);
  });

  it('reads a line as it is drawn, and says where an evaluation was', () => {
    const [loss] = curveCards(stateOf([{ type: 'snapshot', runs: [other], foreign: [] }]));
    const readings = readingsAt(loss!, 100, { from: 0, to: 360 }, 0.5);
    const read = (kind: string) => readings.find(({ line }) => line.kind === kind)!;
    const { x, y } = loss!.lines.find(({ kind }) => kind === 'training')!.members[0]!;
    const index = nearestIndex(x, 100);
    expect(read('training')).toMatchObject({ at: 100, value: smooth(x, y, 0.5)[index], measured: y[index] });
    expect(read('training').value).not.toBe(y[index]);
    // Evaluations are each 30 steps.
    expect(read('evaluation').at).toBe(90);
    expect(read('evaluation').value).toBe(read('evaluation').measured);
  });
});

describe('an axis', () => {
  const ticksFrom = (from: number, spacing: number) => [0, 1, 2, 3].map((at) => ({ value: from + at * spacing }));
  const texts = (from: number, spacing: number, textOf: (value: number, apart: number) => string) => {
    const ticks = ticksFrom(from, spacing);
    return ticks.map(({ value }) => textOf(value, spacingOf(ticks)).replaceAll('\u202f', ' '));
  };

  it('writes no two ticks alike, whatever their quantity', () => {
    const of = (quantity: Quantity) => (from: number, spacing: number) =>
      texts(from, spacing, (value, apart) => tickText(value, quantity, apart));
    expect(of('bytes')(2.1e9, 1e7)).toEqual(['2.10 GB', '2.11 GB', '2.12 GB', '2.13 GB']);
    expect(of('bytes')(0, 5e8)).toEqual(['0 B', '500 MB', '1.0 GB', '1.5 GB']);
    expect(of('plain')(150_000, 5)).toEqual(['150,000', '150,005', '150,010', '150,015']);
    expect(of('plain')(0.0002, 0.00001)).toEqual(['2e−4', '2.1e−4', '2.2e−4', '2.3e−4']);
    expect(of('plain')(-0.25, 0.25)).toEqual(['−0.25', '0.00', '0.25', '0.50']);
    expect(of('share')(0.83, 0.00025)).toEqual(['83.000 %', '83.025 %', '83.050 %', '83.075 %']);
    expect(of('learningRate')(9.9e-4, 2e-6)).toEqual(['9.9e−4', '9.92e−4', '9.94e−4', '9.96e−4']);
    expect(of('rate')(3120, 0.5)).toEqual(['3,120.0', '3,120.5', '3,121.0', '3,121.5']);
    expect(of('seconds')(10, 0.5)).toEqual(['10.0 s', '10.5 s', '11.0 s', '11.5 s']);
    expect(of('seconds')(59, 0.5)).toEqual(['59.0 s', '59.5 s', '1m 00.0s', '1m 00.5s']);
    expect(of('seconds')(7200, 20)).toEqual(['2h 00m 00s', '2h 00m 20s', '2h 00m 40s', '2h 01m 00s']);
    expect(of('seconds')(90_000, 600)).toEqual(['25h 00m', '25h 10m', '25h 20m', '25h 30m']);
    expect(of('seconds')(0, 60)).toEqual(['0 s', '1m 00s', '2m 00s', '3m 00s']);
  });

  it('writes steps, tokens and epochs of a zoomed part apart', () => {
    const of = (axis: Axis) => (from: number, spacing: number) =>
      texts(from, spacing, (value, apart) => axisTickText(value, axis, apart));
    expect(of('step')(150_000, 5)).toEqual(['150,000', '150,005', '150,010', '150,015']);
    expect(of('step')(100_000, 50_000)).toEqual(['100K', '150K', '200K', '250K']);
    expect(of('tokens')(48_000, 20)).toEqual(['48,000', '48,020', '48,040', '48,060']);
    expect(of('epoch')(1, 0.0025)).toEqual(['1.0000', '1.0025', '1.0050', '1.0075']);
    expect(of('time')(0, 20)).toEqual(['0 s', '20 s', '40 s', '1m 00s']);
  });

  it('writes all ticks of one axis in one notation', () => {
    const steps = [0, 20_000, 40_000, 100_000].map((value) => ({ value }));
    expect(steps.map(({ value }) => axisTickText(value, 'step', 20_000, sizeOf(steps)))).toEqual([
      ...['0', '20K', '40K', '100K'],
    ]);
    const rates = [0, 0.005, 0.01].map((value) => ({ value }));
    expect(rates.map(({ value }) => tickText(value, 'learningRate', 0.005, sizeOf(rates)))).toEqual([
      ...['0', '0.005', '0.010'],
    ]);
    const decades = [0.001, 0.005, 0.01, 0.02].map((value) => ({ value }));
    expect(decades.map(({ value }) => tickText(value, 'learningRate', value, sizeOf(decades, true)))).toEqual([
      ...['1e−3', '5e−3', '1e−2', '2e−2'],
    ]);
  });

  it('writes decades of a log axis by their own distance', () => {
    const ticks = [0.001, 0.01, 0.1, 1, 10].map((value) => ({ value }));
    const written = ticks.map(({ value }, index) => tickText(value, 'plain', spacingAround(ticks, index)));
    expect(written).toEqual(['0.001', '0.010', '0.10', '1.0', '10']);
  });
});

describe('nearestIndex', () => {
  it('finds the closer neighbour', () => {
    const x = Float64Array.of(0, 10, 20);
    expect([-5, 4, 6, 20, 99].map((at) => nearestIndex(x, at))).toEqual([0, 0, 1, 2, 2]);
    expect(nearestIndex(new Float64Array(0), 1)).toBe(-1);
  });
});
