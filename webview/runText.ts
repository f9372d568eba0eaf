import type { RunSnapshot } from '../extension/contract/panel.ts';
import type { RunState } from '../extension/contract/run.ts';
import { formatCount, formatPercent } from './format.ts';

/** Config keys and values with dotted keys, lists and leaves as one text: `training.batch_size` → `16`. */
export function flatConfig(config: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, path === '' ? key : `${path}.${key}`);
    } else {
      flat.set(path, typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
    }
  };
  visit(config, '');
  return flat;
}

const flatConfigs = new WeakMap<object, ReadonlyMap<string, string>>();

function flatConfigOf(run: RunSnapshot): ReadonlyMap<string, string> {
  const { config } = run.record;
  const known = flatConfigs.get(config) ?? flatConfig(config);
  flatConfigs.set(config, known);
  return known;
}

/** Keys whose values differ among the runs, with each run's value; an absent key reads as empty. */
export function differingKeys(runs: readonly RunSnapshot[]): ReadonlyMap<string, readonly string[]> {
  const flats = runs.map(flatConfigOf);
  const keys = new Set(flats.flatMap((flat) => [...flat.keys()]));
  const differing = new Map<string, readonly string[]>();
  for (const key of keys) {
    const values = flats.map((flat) => flat.get(key) ?? '');
    if (values.some((value) => value !== values[0])) differing.set(key, values);
  }
  return differing;
}

/** `…/sst2/train.tsv` → `sst2`; a file that has a name of its own keeps it: `reviews-train.tsv` → `reviews`. */
export function dataName(run: RunSnapshot): string {
  const train = flatConfigOf(run).get('data.train') ?? flatConfigOf(run).get('data.train.file');
  if (!train) return run.record.task;
  const parts = train.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const file = (parts.at(-1) ?? train).replace(/\.[^.]+$/, '').replace(/[-_.]?train(ing)?$/i, '');
  return file !== '' && file !== 'data' ? file : (parts.at(-2) ?? run.record.task);
}

/** `sentence-transformers/all-MiniLM-L6-v2` → `all-MiniLM-L6-v2`. */
export function modelName(run: RunSnapshot): string {
  return (
    run.record.model
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? run.record.model
  );
}

/** The name that the user gave, else the methods. */
export function runName(run: RunSnapshot): string {
  return run.notes.name || run.record.methods;
}

/** Keys that a label never needs: they are in the methods' own name, in the seed, or do not matter to a result. */
const unlabelled = /^(methods|seed|training\.seed|threads|device|executor)(\.|$)/;

/**
 * Legend names: what the runs have in common is left out. `ln-tuning`, or `ln-tuning · learning_rate 0.003` where that
 * tells it apart; the seed only where two would read the same without it.
 */
export function runLabels(runs: readonly RunSnapshot[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const byName = new Map<string, RunSnapshot[]>();
  for (const run of runs) byName.set(runName(run), [...(byName.get(runName(run)) ?? []), run]);
  for (const [name, namesakes] of byName) {
    const differing = [...differingKeys(namesakes)].filter(([key]) => !unlabelled.test(key));
    const parts = namesakes.map((_, index) => {
      const shown = differing.filter(([, values]) => values[index] !== '').slice(0, 3);
      return [name, ...shown.map(([key, values]) => `${key.split('.').at(-1)} ${values[index]}`)].join(' · ');
    });
    for (const [index, run] of namesakes.entries()) {
      const isAlone = parts.filter((part) => part === parts[index]).length === 1;
      labels.set(run.record.id, isAlone ? parts[index]! : `${parts[index]} · s${run.record.seed}`);
    }
  }
  return labels;
}

/** A codicon and a word for every state; shape and word tell it, colour only supports. */
export const stateLooks: { readonly [S in RunState]: { readonly icon: string; readonly word: string } } = {
  queued: { icon: 'clock', word: 'queued' },
  running: { icon: 'sync', word: 'running' },
  finished: { icon: 'pass', word: 'finished' },
  stopped: { icon: 'debug-stop', word: 'stopped' },
  failed: { icon: 'error', word: 'failed' },
  died: { icon: 'error', word: 'died' },
  unknown: { icon: 'question', word: 'unknown' },
};

/** The trainer writes at least every few seconds: silence beyond this is worth saying. */
const staleAfterMs = 30_000;

/** When a running run was last heard of, if that is too long ago; else null. */
export function silentSinceMs(run: RunSnapshot, nowMs: number): number | null {
  if (run.state !== 'running' || !run.summary) return null;
  const heard = Date.parse(run.summary.updatedAt);
  return nowMs - heard > staleAfterMs ? heard : null;
}

/** 0 … 1, or null before the number of steps is known. */
export function progressOf(run: RunSnapshot): number | null {
  const { summary } = run;
  if (!summary || summary.totalSteps === 0) return null;
  return Math.min(1, summary.step / summary.totalSteps);
}

/** Seconds left at the pace of the last tenth of the run, or null while that is unknown. */
export function secondsLeft(run: RunSnapshot): number | null {
  const { summary, series } = run;
  if (run.state !== 'running' || !summary || summary.totalSteps === 0) return null;
  const { step, elapsedSeconds } = series.progress;
  const last = step.length - 1;
  if (last < 1) return null;
  const from = Math.max(0, last - Math.max(20, Math.ceil(step.length / 10)));
  const steps = step[last]! - step[from]!;
  const seconds = elapsedSeconds[last]! - elapsedSeconds[from]!;
  if (steps <= 0 || seconds <= 0) return null;
  return ((summary.totalSteps - step[last]!) * seconds) / steps;
}

/** `9,984 of 22,565,376 weights move: 0.044 %. The head adds 148,610.` */
export function countsSentence({ record: { counts } }: RunSnapshot): string {
  const moves = `${formatCount(counts.method)} of ${formatCount(counts.base)} weights move: ${formatPercent(counts.percent)}.`;
  const trained =
    counts.methodTrained === counts.method
      ? ''
      : ` While training it is ${formatCount(counts.methodTrained)}; the rest folds away.`;
  return `${moves} The head adds ${formatCount(counts.head)}.${trained}`;
}
