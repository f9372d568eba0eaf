import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as z from 'zod';
import { startFailure } from '../../files/failure.ts';
import { showValue } from '../../problems/showValue.ts';
import { Child } from '../../processes/child.ts';
import { endedHow } from '../../processes/exit.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';

export interface TaskOptions {
  /** Working folder. */
  readonly folder: string;
  /** The latest line for people, now and then. */
  readonly onNote?: (line: string) => void;
  /** Ends the trainer's whole process tree. */
  readonly signal?: AbortSignal;
}

/** The result of a command of the trainer. */
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
  trainer: TrainerProgram,
  words: readonly string[],
  { folder, onNote, signal }: TaskOptions,
): Promise<TaskResult> {
  const outputFolder = await mkdtemp(path.join(tmpdir(), 'peft-lab-task-'));
  const files = [path.join(outputFolder, 'stdout'), path.join(outputFolder, 'stderr')] as const;
  const read = () => Promise.all(files.map((file) => readFile(file, 'utf8')));
  let timer: NodeJS.Timeout | undefined;
  try {
    const outputFiles = [openSync(files[0], 'a'), openSync(files[1], 'a')] as const;
    const child = new Child({ ...trainerCommand(trainer, words), folder }, { outputFiles });
    for (const file of outputFiles) closeSync(file);
    const abort = (): void => child.kill('SIGTERM');
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
    const exit = await child.exit;
    signal?.removeEventListener('abort', abort);
    if (exit.startError) {
      const got = startFailure(exit.startError);
      throw new TaskError(`${trainer.node}: the trainer could not be started, got ${got}; check this Node`, undefined);
    }
    const [stdout = '', stderr = ''] = await read();
    if (signal?.aborted) throw new TaskError('cancelled', undefined);
    if (exit.code === 0) return { stdout, stderr };
    throw new TaskError(lastLines(stderr) || endedHow(exit), exit.code ?? undefined);
  } finally {
    clearInterval(timer);
    await rm(outputFolder, { recursive: true, force: true });
  }
}

/**
 * What a command of the trainer tells in JSON.
 * @throws TaskError as `runTrainerTask` does, and when something else writes beside it: a Node of one's own may
 */
export async function askTrainer<T>(
  schema: z.ZodType<T>,
  trainer: TrainerProgram,
  words: readonly string[],
  options: TaskOptions,
): Promise<T> {
  const { stdout } = await runTrainerTask(trainer, words, options);
  return toldIn(schema, words[0]!, stdout);
}

/** What a command tells in JSON. @throws TaskError when it is something else that was written */
export function toldIn<T>(schema: z.ZodType<T>, command: string, text: string): T {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    const got = showValue(text.trim().split('\n')[0]);
    const cure = "name a Node that writes nothing itself in peftLab.nodePath, or leave it empty for VS Code's own";
    throw new TaskError(`peft-lab ${command}: must write JSON alone, got ${got}; ${cure}`, undefined);
  }
  return schema.parse(told);
}

function tellLast(text: string, onNote: (line: string) => void): void {
  const line = text.trimEnd().split('\n').at(-1);
  if (line !== undefined && line !== '') onNote(line);
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-6).join('\n');
