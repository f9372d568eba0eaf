import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { type JournalEvent, journalEvent } from '../../extension/contract/journal.ts';

/** Runs a program to its end. @returns its stdout. @throws Error with all it said when it fails */
export function runProgram(program: string, words: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status === 0) return stdout;
  throw new Error(`${[program, ...words].join(' ')} ended with ${signal ?? status}:\n${stdout}\n${stderr}`);
}

/** Runs the built command line. */
export const peftLab = (...words: string[]): string =>
  runProgram(process.execPath, [path.resolve('bin/peft-lab.cjs'), ...words]);

export interface CommandLineRun {
  readonly folder: string;
  readonly events: readonly JournalEvent[];
}

/** Writes a config into a folder and trains it with the command line. */
export function trainRun(folder: string, config: object): CommandLineRun {
  const file = path.join(folder, 'run.peft.yaml');
  writeFileSync(file, stringify(config));
  const runs = path.join(folder, 'runs');
  const lines = peftLab('train', file, '--runs', runs, '--json').trim().split('\n');
  const events = lines.map((line) => journalEvent.parse(JSON.parse(line)));
  const hello = events.find((event) => event.type === 'hello');
  if (!hello) throw new Error(`train --json printed no hello:\n${lines.join('\n')}`);
  return { folder: path.join(runs, hello.run), events };
}
