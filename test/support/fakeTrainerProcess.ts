import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { TrainerProgram } from '../../extension/processes/trainerCommand.ts';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves as soon as stderr or stdout holds the text. */
  saying(text: string): Promise<void>;
}

/** Bundles the fake trainer once for a test file; each call of `start` is a real process of it. */
export function fakeTrainer() {
  let folder = '';
  const program = (): TrainerProgram => ({ node: process.execPath, nodeArguments: [path.join(folder, 'trainer.mjs')] });
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-fake-'));
    await build({
      entryPoints: [fileURLToPath(new URL('fakeTrainer.ts', import.meta.url))],
      outfile: program().nodeArguments[0]!,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      // CommonJS packages in an ES bundle ask for `require`.
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      logLevel: 'warning',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    program,
    start: (words: readonly string[], cwd: string, stdin: 'ignore' | 'pipe' = 'ignore'): Running =>
      start(program(), words, cwd, stdin),
  };
}

function start(program: TrainerProgram, words: readonly string[], cwd: string, stdin: 'ignore' | 'pipe'): Running {
  const child = spawn(program.node, [...program.nodeArguments, ...words], { cwd, stdio: [stdin, 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString('utf8');
      for (const listener of listeners) listener();
    });
  }
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const saying = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if ((said.stdout + said.stderr).includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void finished.then((end) => reject(new Error(`ended without saying ${text}: ${JSON.stringify(end)}`)));
    });
  return { child, finished, saying };
}
