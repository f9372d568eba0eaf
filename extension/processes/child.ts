import { type ChildProcess, type SerializationType, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exit } from './exit.ts';
import { killTree } from './killTree.ts';
import { LastLines } from './lines.ts';

/** Which program is started, with what, and where. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Where it works; by default where this process does. */
  readonly folder?: string;
  /** All of it; by default this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** How a child is connected with this process. */
export interface Connection {
  /** Whether it is written to. */
  readonly input?: boolean;
  /** Gets what it prints to stdout. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Gets what it prints to stderr, whose last lines are kept anyway. */
  readonly onErrorOutput?: (chunk: Buffer) => void;
  /** Messages both ways: JSON, or structured clones (`advanced`). */
  readonly channel?: SerializationType;
  readonly onMessage?: (message: unknown) => void;
  /** Whether it leads a group: a terminal's Ctrl-C does not reach it, and what it started ends with it. */
  readonly leadsGroup?: boolean;
  /** Open files for its stdout and stderr instead. It is on its own then: what happens to this process does not touch it. */
  readonly outputFiles?: readonly [stdout: number, stderr: number];
}

/** Output of a dead child may still be on its way for this long; for ever, where a grandchild holds the pipe open. */
export const drainMs = 500;

/**
 * A child process, from its start to its end. It is killed at once (`kill`), asked to end by the end of its input
 * (`close`), or left to itself (`leave`). Nothing here throws: that it cannot be started is how it ends.
 */
export class Child {
  /** Resolves when it is gone, a group that it led is killed, and its output is read. */
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcess | undefined;
  readonly #connection: Connection;
  readonly #lastWords = new LastLines();
  #isGone = false;

  constructor(command: Command, connection: Connection = {}) {
    this.#connection = connection;
    try {
      this.#child = start(command, connection);
      this.#listen(this.#child, connection);
      this.exit = this.#ending(this.#child);
    } catch (error) {
      this.#isGone = true;
      this.exit = Promise.resolve({ code: null, signal: null, startError: error as Error });
    }
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it runs and can be told something. */
  get isThere(): boolean {
    if (this.#isGone || this.pid === undefined) return false;
    return this.#connection.channel === undefined || this.#child!.connected;
  }

  /** Its last lines on stderr, oldest first. */
  get lastWords(): string[] {
    return this.#lastWords.lines;
  }

  /** Writes to its input; a pipe that is broken is told by the exit. */
  write(...pieces: readonly (string | Uint8Array)[]): void {
    const input = this.#child?.stdin;
    input?.cork();
    for (const piece of pieces) input?.write(piece);
    input?.uncork();
  }

  /** Sends a message; a child that is gone hears nothing, and its exit tells. */
  send(message: object | string): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** Resolves when one of its streams has ended or is broken, which may be long before it ends itself. */
  async streamEnd(stream: 'stdin' | 'stdout'): Promise<void> {
    const ended = this.#child?.[stream];
    if (ended == null || ended.closed) return;
    await new Promise<void>((resolve) => {
      for (const event of ['end', 'close', 'error']) ended.once(event, () => resolve());
    });
  }

  /** Ends its input, and kills it where that does not end it in time. @returns how it ended */
  async close(limitMs: number): Promise<Exit> {
    this.#child?.stdin?.end();
    const timer = setTimeout(() => this.kill(), limitMs);
    try {
      return await this.exit;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, and all that it started where it leads a group or is on its own. */
  kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): void {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid === undefined || exitCode != null || signalCode != null) return;
    if (this.#connection.leadsGroup || this.#connection.outputFiles) killTree(pid, signal);
    else this.#child!.kill(signal);
  }

  /** Lets this process end before it. */
  leave(): void {
    this.#child?.unref();
  }

  #listen(child: ChildProcess, { onOutput, onErrorOutput, onMessage }: Connection): void {
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    if (onOutput) child.stdout?.on('data', onOutput);
    if (onMessage) child.on('message', onMessage);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords.add(chunk);
      onErrorOutput?.(chunk);
    });
  }

  async #ending(child: ChildProcess): Promise<Exit> {
    const drained = Promise.all([child.stdout, child.stderr].map(closed));
    const exit = await new Promise<Exit>((resolve) => {
      child.once('error', (error) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, startError: error });
      });
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#isGone = true;
    const leftGroup = this.#connection.leadsGroup && process.platform !== 'win32' ? child.pid : undefined;
    if (leftGroup !== undefined) killTree(leftGroup, 'SIGKILL');
    if (exit.startError === undefined) await Promise.race([drained, delay(drainMs, undefined, { ref: false })]);
    return exit;
  }
}

const closed = async (stream: Readable | null | undefined): Promise<void> => {
  if (stream != null && !stream.closed) await new Promise((resolve) => stream.once('close', resolve));
};

/** Where too many files are open, what it gives has no streams, and the error comes later. */
function start(command: Command, { input, onOutput, channel, leadsGroup, outputFiles }: Connection): ChildProcess {
  const pipes = [input ? 'pipe' : 'ignore', onOutput ? 'pipe' : 'ignore', 'pipe'] as const;
  return spawn(command.program, command.arguments, {
    cwd: command.folder,
    env: command.environment,
    detached: outputFiles !== undefined || (leadsGroup === true && process.platform !== 'win32'),
    stdio: outputFiles ? ['ignore', ...outputFiles] : [...pipes, ...(channel ? ['ipc' as const] : [])],
    serialization: channel,
    windowsHide: true,
  });
}
