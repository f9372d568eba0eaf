import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Rooms whose errors are messages to people. */
const speaking = ['cli', 'config', 'engines', 'estimate', 'host', 'hub', 'runs', 'supervisor'];

it('tells people nothing by errors of the language, which are reported as faults of the program', () => {
  const found = speaking.flatMap((room) =>
    readdirSync(path.join(root, 'extension', room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .filter((file) => /new (Range|Type|Reference|Syntax)Error\(/.test(readFileSync(path.join(root, file), 'utf8'))),
  );
  expect(found).toEqual([]);
});
