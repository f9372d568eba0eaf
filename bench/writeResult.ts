import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Writes `bench/results/NAME.json`: the day, the machine and what was measured on it, as the formatter wants it. */
export function writeResult(name: string, measured: Readonly<Record<string, unknown>>): void {
  const folder = path.join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  const day = new Date().toISOString().slice(0, 10);
  const machine = { day, cpu: cpus()[0]!.model, cores: cpus().length, node: process.version };
  writeFileSync(file, `${JSON.stringify({ ...machine, ...measured }, null, 2)}\n`);
  const formatter = path.join(root, 'node_modules/@biomejs/biome/bin/biome');
  execFileSync(process.execPath, [formatter, 'format', '--write', file], { stdio: 'ignore' });
}
