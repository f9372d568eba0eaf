import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { presets } from '../../extension/methods/presets.ts';
import { methods } from '../../extension/methods/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Words that are names of methods and mean something else there. */
const others: Readonly<Record<string, string>> = {
  'extension/contract/run.ts': 'the folder `adapter`',
  'extension/engines/torch/frames.ts': 'the part of a frame before its header',
  'extension/export/modelCard.ts': 'what the hub calls a model that needs its base',
  'extension/host/manifest.ts': 'words by which the marketplace finds the extension',
};

it('names methods and presets in their own room alone', () => {
  const names = [...methods, ...presets].map(({ name }) => name);
  const quoted = new RegExp(`(['"])(${names.join('|')})\\1`);
  const files = ['extension', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')),
  );
  const code = (file: string): string =>
    readFileSync(path.join(root, file), 'utf8').replaceAll(/^ *(\/?\*|\/\/).*$/gm, '');
  const strangers = files.filter((file) => !file.startsWith('extension/methods/') && quoted.test(code(file)));
  expect(strangers.sort()).toEqual(Object.keys(others).sort());
});
