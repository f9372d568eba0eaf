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

  it('say how well runs were estimated as often as they were', () => {
    const words = [
      'none',
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
      'ten',
      'eleven',
      'twelve',
    ];
    const ratios = (name: string) =>
      Object.values(
        resultsOf<{ results: Record<string, Record<'estimated' | 'measured', { totalSeconds: number }>> }>(name)
          .results,
      ).map(({ estimated, measured }) => estimated!.totalSeconds / measured!.totalSeconds);
    const within = (name: string, share: number) => ratios(name).filter((ratio) => Math.abs(ratio - 1) <= share).length;
    const [idle, busy] = [words[within('estimate', 0.25)]!, words[within('estimate-again', 0.25)]!];
    expect(textOf('docs/performance.md')).toContain(`time within 25 % in ${idle} and within 33 % in all`);
    expect(within('estimate', 0.33)).toBe(ratios('estimate').length);
    expect(textOf('bench/NOTES.md')).toContain(`the whole command within 25 % in ${idle};`);
    expect(textOf('bench/NOTES.md')).toContain(`the whole command within 25 % in ${busy} of ten`);
  });

  it('say of methods on TREC what the sweep of rates found', () => {
    const { values } = resultsOf<{ values: Record<string, Record<string, Record<string, number>>> }>('defaults-trec');
    const percent = (arm: string, rate: string) => 100 * values[arm]![rate]!['1']!;
    const cost = (rate: string) => (percent('mam', rate) - percent('mam small', rate)).toFixed(0);
    const [small, plain] = ['mam small', 'mam'].map((arm) => percent(arm, '0.003').toFixed(1));
    expect(textOf('docs/methods/mam.md')).toContain(`(${small} % against ${plain} % at 0.003)`);
    expect(textOf('docs/methods/prefix.md')).toContain(
      `cost \`mam\` ${cost('0.001')} points at 0.001 and ${cost('0.003')} at 0.003`,
    );
    const gains = Object.keys(values)
      .filter((arm) => /^(ln-tuning|bitfit|lora|houlsby)$|adapter/.test(arm))
      .map((arm) => Math.round(percent(arm, '0.003') - percent(arm, '0.001')));
    expect(textOf('docs/defaults.md')).toContain(`by ${Math.min(...gains)} to ${Math.max(...gains)} on TREC`);
  });

  it('stand beside sweeps that name the rates they were measured at', () => {
    const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
    for (const [, arm] of text('bench/defaults/prefixRates.sweep.yaml').matchAll(/^ {2}- (unified .*)$/gm)) {
      expect(arm).toContain('ln-tuning: {learning_rate: 3e-3}');
    }
    expect(text('examples/claims/time.sweep.yaml')).toContain('- ln-tuning: {learning_rate: 3e-3}');
    expect(textOf('docs/claims.md')).toContain('Each has one rate here, LN-tuning 3e-3');
  });

  it('come, for default rates, from sweeps that are here', () => {
    const names = readdirSync(path.join(root, 'bench/results')).filter((name) => name.startsWith('defaults-'));
    const sweeps = names.map((name) => resultsOf<{ readonly sweep: string }>(path.parse(name).name).sweep);
    expect(sweeps.length).toBeGreaterThan(4);
    expect(sweeps.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});
