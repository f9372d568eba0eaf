import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

/** A line of a journal, as it lies on disk. */
export interface Told {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Waits until a condition holds. @throws Error saying what was awaited */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 150_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A config over the first reviews of the example workspace: an epoch takes a second or two. */
export const reviewsConfig = (training: string): string => `model: model
task: classification
data:
  train: {file: data/reviews-train.tsv, limit: 256}
  validation: {file: data/reviews-validation.tsv, limit: 64}
  max_length: 32
methods: [ln-tuning]
training: {${training}, batch_size: 16, seed: 1}
`;

/** The runs of the open workspace, as they lie on disk. */
export class WorkspaceRuns {
  readonly folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  readonly runsFolder = path.join(this.folder, '.peft-lab', 'runs');

  names(): string[] {
    return existsSync(this.runsFolder) ? readdirSync(this.runsFolder).filter((name) => /^\d{8}-/.test(name)) : [];
  }

  path(run: string, ...names: string[]): string {
    return path.join(this.runsFolder, run, ...names);
  }

  /** What a command gets from the run's row. */
  row(run: string): { readonly kind: 'run'; readonly folder: string } {
    return { kind: 'run', folder: this.path(run) };
  }

  journal(run: string): Told[] {
    const file = this.path(run, 'journal.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Told);
  }

  told(run: string, type: string): Told | undefined {
    return this.journal(run).findLast((event) => event.type === type);
  }

  /** The step at which the run came to its end in this state. */
  endStep(run: string, state: string): number | undefined {
    const end = this.journal(run).findLast((event) => event.type === 'end' && event.state === state);
    return end?.step as number | undefined;
  }

  stepsAfter(run: string, step: number): boolean {
    return this.journal(run).some((event) => event.type === 'progress' && (event.step as number) > step);
  }

  /** Pids of the run's supervisor and worker. */
  processes(run: string): number[] {
    const { pid, worker } = JSON.parse(readFileSync(this.path(run, 'process.json'), 'utf8')) as {
      pid: number;
      worker?: { pid: number };
    };
    return worker === undefined ? [pid] : [pid, worker.pid];
  }

  /** Starts a config as a person does who has it in front. */
  async start(text: string, name: string, command = 'startFromConfig'): Promise<string> {
    const file = path.join(this.folder, name);
    writeFileSync(file, text);
    return await this.added(async () => {
      await vscode.window.showTextDocument(vscode.Uri.file(file));
      await vscode.commands.executeCommand(`peftLab.${command}`);
    });
  }

  /** The run that an action adds. */
  async added(action: () => unknown): Promise<string> {
    const known = new Set(this.names());
    await action();
    return await until('a run', () => this.names().find((name) => !known.has(name)));
  }
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
