import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

  it('are made again by the commands beside them, in the files that hold them', () => {
    const methods = readdirSync(path.join(root, 'docs/methods')).filter((name) => name.endsWith('.md'));
    const pages = ['bench/NOTES.md', 'docs/performance.md', ...methods.map((name) => `docs/methods/${name}`)].map(
      textOf,
    );
    const commands = pages.flatMap((page) => page.match(/npm run bench -- [^`]+/g) ?? []);
    expect(commands.filter((command) => !command.includes(' --out '))).toEqual([]);
    const kept = readdirSync(path.join(root, 'bench/results'));
    const named = pages.flatMap((page) => [...page.matchAll(/ --out ([\w-]+)/g)].map(([, name]) => `${name}.json`));
    expect(named.filter((name) => !kept.includes(name))).toEqual([]);
  });

  it('name the processor on which they were measured, where it is not the usual one', () => {
    let file: string | undefined;
    for (const row of readFileSync(path.join(root, 'docs/performance.md'), 'utf8').match(/^\| .*$/gm)!) {
      if (!row.endsWith('| the same |')) file = / --out ([\w-]+)/.exec(row)?.[1];
      if (file === undefined) continue;
      expect(`${row.split('|')[1]}: ${row.includes('(Xeon)')}`).toBe(
        `${row.split('|')[1]}: ${resultsOf<{ cpu: string }>(file).cpu.includes('Xeon')}`,
      );
    }
  });

  it('come, for default rates, from sweeps that are here', () => {
    const names = readdirSync(path.join(root, 'bench/results')).filter((name) => name.startsWith('defaults-'));
    const sweeps = names.map((name) => resultsOf<{ readonly sweep: string }>(path.parse(name).name).sweep);
    expect(sweeps.length).toBeGreaterThan(4);
    expect(sweeps.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});
