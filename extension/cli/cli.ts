import path from 'node:path';
import { Option } from 'commander';
import { UserError } from '../problems/userError.ts';
import { defaultRunsFolder, RunStore } from '../runs/folder/store.ts';
import type { LoadOperations } from './operations.ts';
import type { StyledText } from './output/terminal.ts';

/** What a command has to work with. */
export interface Cli {
  /** For results: what a script would read. */
  print(text: string): void;
  /** The same in colours; absent where none are seen or wanted. */
  readonly paint?: (pieces: readonly StyledText[]) => void;
  /** For people: progress, notes, errors. */
  note(text: string): void;
  /** Where `note` goes; a progress bar is drawn there when it is a terminal. */
  readonly stderr: NodeJS.WriteStream;
  /** Asks for a yes; absent where there is no terminal to ask on. */
  readonly confirm?: (question: string) => Promise<boolean>;
  readonly loadOperations: LoadOperations;
  /** Makes a commander action of a function that returns the exit code. */
  action<Arguments extends readonly unknown[]>(
    run: (...args: Arguments) => Promise<number>,
  ): (...args: Arguments) => Promise<void>;
}

/** The option that every command about runs has. */
export const runsOption = ['--runs <dir>', 'folder with the runs (default: .peft-lab/runs)'] as const;

/** The option of every command that puts a tuned model on its base. */
export const otherBaseOption = ['--allow-other-base', 'accept another base model than the run was trained on'] as const;

export interface OtherBaseOption {
  readonly allowOtherBase?: boolean;
}

export interface RunsOption {
  readonly runs?: string;
}

export const storeOf = (options: RunsOption, defaultFolder: string): RunStore =>
  new RunStore(options.runs ?? defaultFolder);

/** A command about a run or a sweep, for people to copy: with the folder that it lies in, unless that is where all commands look. */
export function commandIn(runsFolder: string, command: string): string {
  if (runsFolder === path.resolve(defaultRunsFolder)) return `peft-lab ${command}`;
  const isWord = /^[\w./\\:@+-]+$/.test(runsFolder);
  return `peft-lab ${command} --runs ${isWord ? runsFolder : `"${runsFolder}"`}`;
}

/** Collects a repeatable option. */
export const repeatable = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export interface DefaultsOption {
  /** `key=value` of the editor's settings, for keys that a config leaves open. */
  readonly default?: readonly string[];
}

export const defaultOption = (): Option => new Option('--default <key=value>').argParser(repeatable).hideHelp();

/** How many runs may run at once. @throws UserError */
export function runLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new UserError(`--limit: must be a whole number from 1, got ${text}; for example --limit 2`, 'usage');
}

/** Splits at commas outside brackets: `ln-tuning,[prefix, ln-tuning]` → two parts. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if ('[{('.includes(character)) depth++;
    if (']})'.includes(character)) depth--;
    if (character === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else {
      part += character;
    }
  }
  parts.push(part.trim());
  return parts;
}
