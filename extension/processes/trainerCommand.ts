import { existsSync } from 'node:fs';
import type { Command } from './child.ts';

/** How to start the trainer: which Node, which bundle. */
export interface TrainerProgram {
  readonly node: string;
  /** Options of Node itself and the bundle's path. */
  readonly nodeArguments: readonly string[];
}

const shut = '--disable-sigusr1';
const isShut = process.execArgv.includes(shut) || !process.allowedNodeEnvironmentFlags.has(shut);

/** For a Node started by this one: from its own first moment on no signal opens its debugger, where it knows how. */
export const withoutDebugger: readonly string[] = isShut ? [] : [shut];

/** The trainer that this process is itself running. */
export const runningTrainer = (): TrainerProgram => ({
  node: process.execPath,
  nodeArguments: [...withoutDebugger, ...process.execArgv, process.argv[1]!],
});

/** Whether the bundle is still where it was: an update may have taken it away under a running trainer. */
export const isInstalled = (trainer: TrainerProgram): boolean => existsSync(trainer.nodeArguments.at(-1)!);

/** VS Code's own binary is a Node only when told so. */
export const nodeEnvironment = (): NodeJS.ProcessEnv =>
  process.versions.electron === undefined ? process.env : { ...process.env, ELECTRON_RUN_AS_NODE: '1' };

/** A command of the trainer. */
export const trainerCommand = (trainer: TrainerProgram, words: readonly string[]) =>
  ({
    program: trainer.node,
    arguments: [...trainer.nodeArguments, ...words],
    environment: nodeEnvironment(),
  }) satisfies Command;
