import type { TaskName } from './registry.ts';

/** Tasks of which a seed hides tokens: those with `maskTokens`, by name, for pages, which hold no code of tasks. */
export const hidingTasks: readonly string[] = ['masked-lm'] satisfies readonly TaskName[];
