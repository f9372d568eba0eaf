import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../extension', import.meta.url));

/** Who reads files by another way than the guarded door, and why nobody else can have written them. */
const others: Readonly<Record<string, string>> = {
  'files/guardedFile.ts': 'the door',
  'files/ownFile.ts': 'appends to what is ours, following no link',
  'host/trainer/trainerTask.ts': 'output in a folder just made',
  'runs/process/process.ts': 'the system’s table of processes',
  'checkpoint/format/atomicFile.ts': 'a folder, to have it on the disk',
  'engines/onnx/openFile.ts': 'a model just written',
  'engines/onnx/hostNodes.ts': 'the engine’s own profile',
  'cli/pageFiles.ts': 'files of the program',
};

/** Who makes folders by itself. */
const makers: Readonly<Record<string, string>> = {
  'files/makeFolder.ts': 'one by one',
};

/** Ways of reading, and of opening for it. */
const imported = /import \{[^}]*\b(readFile|readFileSync|createReadStream)\b[^}]*\} from 'node:fs(\/promises)?'/;
const opened = /\bopen(Sync)?\([^()'"]*(, ['"]r\+?['"])?\)/;
const opens = /import \{[^}]*\bopen(Sync)?\b[^}]*\} from 'node:fs(\/promises)?'/;

/** Source files whose text is so. */
function filesWith(isSo: (text: string) => boolean): readonly string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(200);
  const found = files.filter((name) => isSo(readFileSync(path.join(root, name), 'utf8')));
  return found.map((name) => name.split(path.sep).join('/')).sort();
}

it('reads what anyone may have written through the guarded door alone', () => {
  const found = filesWith((text) => imported.test(text) || (opens.test(text) && opened.test(text)));
  expect(found).toEqual(Object.keys(others).sort());
});

it('makes folders through `makeFolder` alone: asked for several at once, Node may try without end', () => {
  const found = filesWith((text) => /\bmkdir(Sync)?\b[^']/.test(text));
  expect(found).toEqual(Object.keys(makers).sort());
});
