import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const extension = path.resolve(import.meta.dirname, '../../extension');

it.each(['cli/main.ts', 'data/formats/parquet/process.ts'])('shuts the debugger before all else in %s', (program) => {
  const [first] = readFileSync(path.join(extension, program), 'utf8').split('\n');
  expect(first).toMatch(/^import '(\.\.\/)+processes\/keepDebuggerShut\.ts';$/);
});
