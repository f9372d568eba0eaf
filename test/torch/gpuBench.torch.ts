import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { python } from './peer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Line {
  readonly what: string;
  readonly [key: string]: unknown;
}

describe('the benchmark for GPUs', () => {
  it('runs whole on the CPU: both contestants, every method and length, and variants that agree with single runs', () => {
    const programs = temporaryFolder();
    const out = path.join(programs, 'gpu.json');
    execFileSync(process.execPath, ['scripts/run.mjs', 'bench/gpu/programs.ts', programs], { cwd: root });
    const words = ['bench/gpu/bench.py', '--programs', programs, '--check', '--out', out];
    const printed = execFileSync(python(), words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const of = (what: string) => lines.filter((line) => line.what === what);

    const measured = [...of('executor'), ...of('trainer')].map(
      ({ what, methods, lengths }) => `${what} ${methods} ${lengths}`,
    );
    const kinds = ['ln-tuning', 'unified', 'ln-tuning', 'lora'].flatMap((methods) =>
      ['full', 'varying'].map((lengths) => `${methods} ${lengths}`),
    );
    expect(measured).toEqual([...kinds.map((kind) => `executor ${kind}`), ...kinds.map((kind) => `trainer ${kind}`)]);
    for (const line of [...of('executor'), ...of('trainer')]) {
      expect(line.tokens_per_second).toBeGreaterThan(0);
      expect(line.loss).toBeGreaterThan(0);
      expect(line.loss).toBeLessThan(10);
    }
    expect(of('ratio')).toHaveLength(8);
    expect(of('folding agrees')[0]!.difference).toBeLessThan(1e-4);
    expect(of('variants').map(({ variants }) => variants)).toEqual([1, 2, 1, 2]);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ check: true, lines, medians: { length: 16 } });
  });
});
