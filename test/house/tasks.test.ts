import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { taskNames } from '../../extension/tasks/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where tasks are declared, and where the head of a model has the name of a task. */
const homes = /^extension\/(tasks\/|models\/|checkpoint\/modelFolder\.ts)/;

it('names no task outside the registry of tasks', () => {
  const quoted = new RegExp(`(['"\`])(${taskNames.join('|')})\\1|\\b(${taskNames.join('|')}):`);
  const found = ['extension', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .filter((file) => !homes.test(file) && quoted.test(readFileSync(path.join(root, file), 'utf8'))),
  );
  expect(found).toEqual([]);
});
