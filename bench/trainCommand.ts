import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type JournalEvent, journalEvent } from '../extension/contract/journal.ts';
import { peakMemoryBytes } from './peakMemory.ts';

const program = fileURLToPath(new URL('../bin/peft-lab.cjs', import.meta.url));

/** A run from the command to its end. */
export interface TrainedRun {
  readonly events: readonly JournalEvent[];
  /** Unix time in milliseconds at which the command was given. */
  readonly startedMs: number;
  readonly wholeSeconds: number;
  /** Largest memory of the process that trains, as Linux counts it. */
  readonly peakBytes: number;
}

export interface TrainOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Hears each event as it comes. */
  readonly onEvent?: (event: JournalEvent) => void;
}

/** `peft-lab train CONFIG --runs RUNS --json`, heard and watched. @throws Error where it does not end well */
export async function trainCommand(
  config: string,
  runs: string,
  { environment = {}, onEvent }: TrainOptions = {},
): Promise<TrainedRun> {
  const startedMs = Date.now();
  const child = spawn(process.execPath, [program, 'train', config, '--runs', runs, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const events: JournalEvent[] = [];
  let peakBytes = 0;
  let watch: NodeJS.Timeout | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = journalEvent.parse(JSON.parse(line));
    events.push(event);
    onEvent?.(event);
    if (event.type === 'hello') {
      watch = setInterval(() => (peakBytes = Math.max(peakBytes, peakMemoryBytes(event.pid))), 50);
    }
  }
  clearInterval(watch);
  const wholeSeconds = (Date.now() - startedMs) / 1000;
  const code = await ended;
  if (code !== 0)
    throw new Error(`peft-lab train ${path.basename(config)}: exit code ${code}; run it alone to see why`);
  return { events, startedMs, wholeSeconds, peakBytes };
}

/** Runs a program that needs no network to its end. @returns the last line that it printed @throws Error with its exit code */
export function lastLineOf(command: string, words: readonly string[]): string {
  const output = execFileSync(command, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  return output.trim().split('\n').at(-1)!;
}
