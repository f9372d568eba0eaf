import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';

/** One measured quantity, over all its rounds. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 'events/s';
  readonly median: number;
  /** The slowest round. */
  readonly worst: number;
  readonly rounds: number;
  /** What the median may be at most (ms), or must be at least (events/s). */
  readonly target?: number;
}

const median = (samples: readonly number[]): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

/** Durations in milliseconds. */
export const time = (name: string, samples: readonly number[], target?: number): Figure => ({
  name,
  unit: 'ms',
  median: median(samples),
  worst: Math.max(...samples),
  rounds: samples.length,
  ...(target !== undefined && { target }),
});

/** Events per second. */
export const rate = (name: string, samples: readonly number[], target?: number): Figure => ({
  name,
  unit: 'events/s',
  median: median(samples),
  worst: Math.min(...samples),
  rounds: samples.length,
  ...(target !== undefined && { target }),
});

const isMet = ({ unit, median, target }: Figure): boolean =>
  target === undefined || (unit === 'ms' ? median <= target : median >= target);

function line(figure: Figure): string {
  const { name, unit, rounds, target } = figure;
  const shown = (value: number): string => (unit === 'ms' ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
  const cells = [shown(figure.median).padStart(10), shown(figure.worst).padStart(10), unit.padEnd(8)];
  const verdict = target === undefined ? '' : `${isMet(figure) ? 'met' : 'MISSED'} (${target} ${unit})`;
  return `  ${name.padEnd(66)} ${cells.join(' ')} ${String(rounds).padStart(4)}  ${verdict}`;
}

/** Prints a part's figures, and puts them in the place of its earlier ones in `bench/results/ui.json`. */
export function report(
  root: string,
  part: string,
  facts: Readonly<Record<string, string>>,
  figures: readonly Figure[],
) {
  console.log(`${part}: ${Object.values(facts).join(' · ')}`);
  console.log(`  ${''.padEnd(66)} ${'median'.padStart(10)} ${'worst'.padStart(10)} ${''.padEnd(8)} rounds`);
  for (const figure of figures) console.log(line(figure));
  const folder = path.join(root, 'bench', 'results');
  const file = path.join(folder, 'ui.json');
  mkdirSync(folder, { recursive: true });
  const before = readJson(file);
  const machine = { cpu: cpus()[0]!.model, cores: cpus().length, node: process.version };
  const measured = { at: new Date().toISOString(), load: loadavg()[0], ...machine, ...facts, figures };
  writeFileSync(file, `${JSON.stringify({ ...before, [part]: measured }, null, 2)}\n`);
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
