import { classification } from './classification.ts';
import { maskedLm } from './maskedLm.ts';
import { regression } from './regression.ts';
import type { Task, TaskName } from './task.ts';
import { tokenClassification } from './tokenClassification.ts';

const tasks: { readonly [N in TaskName]: Task } = {
  classification,
  regression,
  'token-classification': tokenClassification,
  'masked-lm': maskedLm,
};

export const findTask = (name: TaskName): Task => tasks[name];
