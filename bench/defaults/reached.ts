/**
 * How far the defaults of width 384 are from the best rate tried: `node scripts/run.mjs bench/defaults/reached.ts` reads
 * bench/results/defaults-{rates,moreRates,prefixRates,prefixAlone}-SET.json, whose arms are called `METHOD RATE`, and prints a
 * table: of each method and data set the mean with the default minus that with the best rate, in points, with that rate.
 */
import { existsSync, readFileSync } from 'node:fs';
import { defaultLearningRate } from '../../extension/methods/entries/learningRate.ts';
import { findMethod } from '../../extension/methods/registry.ts';
import { mean } from '../../extension/numbers/mean.ts';

const width = { hidden: 384 };
const sets = { sst2: 'SST-2', trec: 'TREC', stsb: 'STS-B', mrpc: 'MRPC', wnut17: 'WNUT-17' };
const sweeps = ['rates', 'moreRates', 'prefixRates', 'prefixAlone'];
/** The method whose rate an arm varies; the parallel adapter of `mam` has rates of its own. */
const varied: Readonly<Record<string, readonly [string, object?]>> = {
  'ln-tuning': ['ln-tuning'],
  bitfit: ['bitfit'],
  lora: ['lora'],
  ia3: ['ia3'],
  prefix: ['prefix', { init_std: 1 }],
  'attention adapter': ['adapter', {}],
  'ffn adapter': ['adapter', {}],
  houlsby: ['adapter', {}],
  mam: ['adapter', { placement: 'parallel' }],
  unified: ['ln-tuning'],
  'attention adapter + norms': ['ln-tuning'],
};

/** Of a method on a data set the mean of the seeds, by rate. */
function ratesOn(method: string, set: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  // prefixRates varies the prefix in every arm; of unions that is another question.
  for (const sweep of method === 'prefix' ? sweeps : sweeps.slice(0, 2)) {
    const file = `bench/results/defaults-${sweep}-${set}.json`;
    if (!existsSync(file)) continue;
    const { values } = JSON.parse(readFileSync(file, 'utf8')) as {
      values: Record<string, Record<string, Record<string, number>>>;
    };
    for (const [arm, byRate] of Object.entries(values)) {
      const [, name, rate] = /^(.+) (\S+)$/.exec(arm)!;
      if (name === method)
        found.set(Number(rate), 100 * mean(Object.values(byRate).flatMap((seeds) => Object.values(seeds))));
    }
  }
  return found;
}

/** `−1.9 (4e-2)`; `0` where the default is the best rate tried, or as good. */
const cell = (distance: number, best: number): string =>
  points(distance) === '0' ? '0' : `${points(distance)} (${best.toExponential().replace('+', '')})`;

const points = (distance: number): string =>
  distance
    .toFixed(1)
    .replace(/^-?0\.0$/, '0')
    .replace('-', '−');

const lines = Object.entries(varied).map(([name, [method, options]]) => {
  const rate = defaultLearningRate({ method: findMethod(method)!, options }, width);
  const distances = Object.keys(sets).map((set) => {
    const rates = ratesOn(name, set);
    const own = rates.get(rate);
    if (own === undefined) return undefined;
    const [best, value] = [...rates].reduce((a, b) => (b[1] > a[1] ? b : a));
    return { distance: Math.min(0, own - value), best, rates: rates.size };
  });
  const known = distances.flatMap((one) => (one === undefined ? [] : [one.distance]));
  const cells = distances.map((one) => (one === undefined ? '' : cell(one.distance, one.best)));
  return [name, rate.toExponential(), ...cells, known.length === 0 ? '' : points(mean(known))];
});
const table = [['method', 'default', ...Object.values(sets), 'mean'], Array(lines[0]!.length).fill('---'), ...lines];
process.stdout.write(table.map((line) => `| ${line.join(' | ')} |\n`).join(''));
