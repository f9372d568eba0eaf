import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { openSafetensors, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import type { JournalEventOf } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { RunStore, readRunRecord } from '../../extension/runs/folder/store.ts';
import { readJournal } from '../../extension/runs/journal/journalReader.ts';
import { smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { python } from './peer.ts';

const command = path.resolve('bin/peft-lab.cjs');

/** A folder with a config of ten steps, a checkpoint after every second one. */
export class Workplace {
  readonly folder = temporaryFolder();
  readonly config: string;
  readonly #store = new RunStore(path.join(this.folder, 'runs'));
  readonly #pids = path.join(this.folder, 'pids');

  constructor(extra: Record<string, unknown> = {}, training: Record<string, unknown> = {}) {
    this.config = smallConfig(this.folder, {
      ...{ executor: 'torch', device: 'cpu', threads: 1 },
      training: { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0, ...training },
      ...extra,
    });
  }

  get run(): string {
    return this.#store.resolve('last');
  }

  /** A program that passes for Python and runs these lines of shell. */
  pythonThat(lines: string): string {
    const file = path.join(this.folder, 'python-with-a-fault');
    writeFileSync(file, `#!/bin/sh\necho $$ >> "${this.#pids}"\n${lines}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** A folder for PYTHONPATH in which torch is this module. */
  torchThat(lines: string): string {
    mkdirSync(path.join(this.folder, 'packages', 'torch'), { recursive: true });
    writeFileSync(path.join(this.folder, 'packages', 'torch', '__init__.py'), lines);
    return path.join(this.folder, 'packages');
  }

  /** Text of the run's journal so far. */
  journal(): string {
    try {
      return readFileSync(path.join(this.run, runFiles.journal), 'utf8');
    } catch {
      return '';
    }
  }

  train = (environment: NodeJS.ProcessEnv) => this.peftLab(['train', this.config], environment);
  /** Goes on with the last run, by default when the cause is gone. */
  resume = (environment: NodeJS.ProcessEnv = { PEFT_LAB_PYTHON: python() }) =>
    this.peftLab(['resume', 'last'], environment);

  async peftLab(words: readonly string[], environment: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, [command, ...words, '--runs', path.join(this.folder, 'runs')], {
      cwd: this.folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stderr };
  }

  /** What is on record of the run, once it is sure that all of it can be read. */
  async record() {
    const record = await readRunRecord(this.run);
    const { events, skippedLines } = await readJournal(path.join(this.run, runFiles.journal));
    expect(skippedLines).toBe(0);
    const end = events.at(-1);
    if (end?.type !== 'end') throw new Error(`the journal ends with ${JSON.stringify(end)}`);
    const checkpoints = events.filter((event): event is JournalEventOf<'checkpoint'> => event.type === 'checkpoint');
    const last = checkpoints.findLast(({ kind }) => kind === 'last');
    // Who is killed may have written a checkpoint that it never came to tell of.
    const isDied = end.state === 'died';
    if (!isDied || last) expect(existsSync(path.join(this.run, runFiles.last))).toBe(last !== undefined);
    if (last) {
      const checkpoint = await openSafetensors(path.join(this.run, runFiles.last));
      for (const name of checkpoint.entries.keys()) {
        expect((await readFloats(checkpoint, name)).every(Number.isFinite), name).toBe(true);
      }
      const { step } = JSON.parse(checkpoint.metadata.state!);
      if (isDied) expect(step).toBeGreaterThanOrEqual(last.step);
      else expect(step).toBe(last.step);
    }
    const { state } = await this.#store.read(this.run);
    // Who is killed while writing leaves what it wrote aside.
    const usual = /^claim\.\d+$|^outcomes-(test|validation)\.json$/;
    const known = isDied ? new RegExp(`${usual.source}|\\.partial$`) : usual;
    expect(readdirSync(this.run).filter((name) => !files.has(name) && !known.test(name))).toEqual([]);
    const processes = JSON.parse(readFileSync(path.join(this.run, runFiles.process), 'utf8'));
    return { id: record.id, events, end, state, checkpointStep: last?.step, processes };
  }

  /** Whatever was started for the run is gone. */
  async expectNobodyLeft(others: readonly number[] = []): Promise<void> {
    const { processes } = await this.record();
    const recorded = existsSync(this.#pids) ? readFileSync(this.#pids, 'utf8').trim().split('\n').map(Number) : [];
    const pids = [...recorded, ...others, processes.pid as number, processes.worker.pid as number];
    await expect.poll(() => pids.filter(isThere), { timeout: 60_000 }).toEqual([]);
  }
}

const files = new Set<string>(Object.values(runFiles));

function isThere(pid: number): boolean {
  const states = processTable();
  return states.some((entry) => entry.pid === pid && !entry.state.startsWith('Z'));
}

function processTable() {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = '', parent = '', state = '', ...words] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state, words };
  });
}

/** Whatever a process started, and what that started. */
export function descendants(pid: number): ReturnType<typeof processTable> {
  const table = processTable();
  const found = table.filter(({ parent }) => parent === pid);
  for (const { pid: next } of found) found.push(...table.filter(({ parent }) => parent === next));
  return found;
}

export async function adapter(run: string): Promise<readonly (readonly [string, Float32Array])[]> {
  const file = await openSafetensors(path.join(run, 'adapter', 'adapter.safetensors'));
  return Promise.all([...file.entries.keys()].map(async (name) => [name, await readFloats(file, name)] as const));
}
