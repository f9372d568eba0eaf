import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { taskNames } from '../../extension/tasks/registry.ts';
import { columnKeys } from '../../extension/tasks/task.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where tasks are declared, and where the head of a model has the name of a task. */
const homes = /^extension\/(tasks\/|models\/|checkpoint\/modelFolder\.ts)/;

/** A task that is called as a column that it reads cannot be told from it. */
const isColumn = (name: string): boolean => columnKeys.some((key) => key === name);

it('names no task outside the registry of tasks', () => {
  const names = taskNames.filter((name) => !isColumn(name)).join('|');
  const quoted = new RegExp(`(['"\`])(${names})\\1|\\b(${names}):`);
  const found = ['extension', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .filter((file) => !homes.test(file) && quoted.test(readFileSync(path.join(root, file), 'utf8'))),
  );
  expect(found).toEqual([]);
});
