import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeEnvironment, type TrainerProgram } from '../../runs/control/spawn.ts';
import { endedHow } from '../../runs/process/exitText.ts';
import { killTree } from '../../runs/process/killTree.ts';

export interface TaskOptions {
  /** Working folder. */
  readonly folder: string;
  /** The latest line for people, now and then. */
  readonly onNote?: (line: string) => void;
  /** Ends the trainer's whole process tree. */
  readonly signal?: AbortSignal;
}

/** What a command of the trainer left behind. */
export interface TaskResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the trainer that did not end well; the message is what it said. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  /** 2 for a wrong config or wrong use; undefined when it ended otherwise. */
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined) {
    super(message);
    this.exitCode = exitCode;
  }
}

const noteEveryMs = 400;

/**
 * Runs a short command of the trainer (`train --queue`, `export`) to its end. Its output goes to files and it is on its
 * own: a window that reloads meanwhile does not hurt it.
 * @throws TaskError when it fails, is cancelled or cannot be started
 */
export async function runTrainerTask(
  { node, nodeArguments }: TrainerProgram,
  words: readonly string[],
  { folder, onNote, signal }: TaskOptions,
): Promise<TaskResult> {
  const outputFolder = await mkdtemp(path.join(tmpdir(), 'peft-lab-task-'));
  const files = [path.join(outputFolder, 'stdout'), path.join(outputFolder, 'stderr')] as const;
  const handles = files.map((file) => openSync(file, 'a'));
  const read = () => Promise.all(files.map((file) => readFile(file, 'utf8')));
  let timer: NodeJS.Timeout | undefined;
  try {
    const child = spawn(node, [...nodeArguments, ...words], {
      cwd: folder,
      detached: true,
      env: nodeEnvironment(),
      stdio: ['ignore', ...handles],
      windowsHide: true,
    });
    for (const handle of handles) closeSync(handle);
    const abort = (): void => {
      if (child.pid !== undefined) killTree(child.pid, 'SIGTERM');
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (onNote !== undefined) {
      timer = setInterval(() => {
        // The folder may just have been cleared away: the end has been told then.
        void read().then(
          ([, stderr]) => tellLast(stderr!, onNote),
          () => clearInterval(timer),
        );
      }, noteEveryMs);
    }
    const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', (cause) => {
        reject(
          new TaskError(`${node}: the trainer could not be started, got ${cause.message}; check this Node`, undefined),
        );
      });
      child.once('exit', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
    });
    signal?.removeEventListener('abort', abort);
    const [stdout = '', stderr = ''] = await read();
    if (signal?.aborted) throw new TaskError('cancelled', undefined);
    if (code === 0) return { stdout, stderr };
    const said = lastLines(stderr) || endedHow(code, killedBy);
    throw new TaskError(said, code ?? undefined);
  } finally {
    clearInterval(timer);
    await rm(outputFolder, { recursive: true, force: true });
  }
}

function tellLast(text: string, onNote: (line: string) => void): void {
  const line = text.trimEnd().split('\n').at(-1);
  if (line !== undefined && line !== '') onNote(line);
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-6).join('\n');
