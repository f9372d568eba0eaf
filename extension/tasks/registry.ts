import { causalLm } from './causalLm.ts';
import { classification } from './classification.ts';
import { completion } from './completion.ts';
import { maskedLm } from './maskedLm.ts';
import { regression } from './regression.ts';
import type { Task } from './task.ts';
import { tokenClassification } from './tokenClassification.ts';

/** What a model can be tuned for, in the order in which lists show it. */
export const tasks = [
  classification,
  regression,
  tokenClassification,
  maskedLm,
  causalLm,
  completion,
] as const satisfies readonly Task[];

/** As configs and run records have it. */
export type TaskName = (typeof tasks)[number]['name'];

export const taskNames: readonly TaskName[] = tasks.map(({ name }) => name);

/** A task of this version. */
export type KnownTask = Task<TaskName>;

/** The task of this name; undefined for a name of another version. */
export const knownTask = (name: unknown): KnownTask | undefined => tasks.find((task) => task.name === name);

/** Whether rows are lists of words with a label each. */
export const readsWords = ({ columns }: Task): boolean => columns.tokens !== undefined;

/** The task of a checked name. */
export const findTask = (name: TaskName): KnownTask => knownTask(name)!;
