import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { median } from '../../bench/median.ts';

const root = path.resolve(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8').replaceAll(/\s+/g, ' ');
const resultsOf = <T>(name: string): T =>
  JSON.parse(readFileSync(path.join(root, 'bench', 'results', `${name}.json`), 'utf8')) as T;

interface Contest {
  readonly results: Readonly<
    Record<string, Readonly<Record<string, readonly { readonly wholeSeconds: number; readonly peakMiB: number }[]>>>
  >;
}

/** Seconds and MiB of the whole command, medians over the seeds. */
function wholeCommand(contender: string): { readonly seconds: number; readonly mebibytes: string } {
  const runs = resultsOf<Contest>('sst2Window8').results['ln-tuning']![contender]!;
  const mebibytes = Math.round(median(runs.map(({ peakMiB }) => peakMiB))).toLocaleString('en-US');
  return { seconds: median(runs.map(({ wholeSeconds }) => wholeSeconds)), mebibytes };
}

const sweep = resultsOf<{ readonly seconds: Readonly<Record<'sweep' | 'separate' | 'trainer', number>> }>(
  'sweep',
).seconds;
const writing = resultsOf<{ readonly measured: Readonly<Record<string, { oursMs: number; transformersMs: number }>> }>(
  'generate',
).measured;

describe('figures that pages tell', () => {
  const [ours, trainer] = [wholeCommand('peft-lab int8'), wholeCommand('Trainer bf16')];

  it.each([
    ['README.md', 0],
    ['docs/performance.md', 1],
  ] as const)('are in %s those of the benches', (file, digits) => {
    const page = textOf(file);
    for (const { seconds, mebibytes } of [ours, trainer]) {
      expect(page).toContain(`${seconds.toFixed(digits)} s`);
      expect(page).toContain(`${mebibytes} MiB`);
    }
    for (const seconds of Object.values(sweep)) expect(page).toContain(`${Math.round(seconds)} s`);
    const { oursMs, transformersMs } = writing['decode, batch 1']!;
    for (const ms of [oursMs, transformersMs]) expect(page).toContain(`${ms.toFixed(digits)} ms`);
  });
});
