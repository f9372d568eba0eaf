import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Functions and constants that only tests import although their own file uses them: pure parts of which a test says what
 * goes through the whole only with effort.
 */
const testedByThemselves: readonly string[] = [
  'extension/checkpoint/format/safetensors.ts readBytes',
  'extension/config/text/parse.ts maxConfigBytes',
  'extension/contract/run.ts parameterCounts',
  'extension/view/series.ts extendColumn',
  'extension/data/rows/rowIndex.ts packRecord',
  'extension/data/tokenizer/tokenizerFiles.ts parseTokenizer',
  'extension/engines/torch/torchEngine.ts openTorch',
  'extension/experiments/statistics/power.ts powerOf',
  'extension/inference/predictions.ts askText',
  'extension/metrics/spans.ts entitiesOf',
  'extension/models/config.ts ModelConfigError',
  'extension/runs/process/process.ts parsePs',
  'extension/view/testedVersions.ts testedWith',
];

interface Source {
  readonly name: string;
  readonly text: string;
  readonly words: ReadonlySet<string>;
}

function sourcesBelow(folder: string): Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name) && !entry.parentPath.includes('generated'))
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
      const name = path.relative(root, file).split(path.sep).join('/');
      return { name, text, words: new Set(code.match(/\w+/g)) };
    });
}

const house = [...sourcesBelow('extension'), ...sourcesBelow('webview')];
const users = [...house, ...sourcesBelow('bench'), ...sourcesBelow('scripts')];
const tests = sourcesBelow('test');
const exported = /^export (?:async )?(?:const|let|function\*?|(?:abstract )?class) (\w+)/gm;

it('exports no function or constant for tests alone, and none that nobody imports', () => {
  const found = house.flatMap(({ name, text }) =>
    [...text.matchAll(exported)]
      .map((match) => match[1]!)
      .filter((word) => !users.some((other) => other.name !== name && other.words.has(word)))
      .map((word) => `${name} ${word}${tests.some(({ words }) => words.has(word)) ? '' : ' (by nobody)'}`),
  );
  expect(found.sort()).toEqual([...testedByThemselves].sort());
});

it('exports no type that its own file alone names', () => {
  const found = house.flatMap(({ name, text }) =>
    [...text.matchAll(/^export (?:type|interface) (\w+)/gm)]
      .map((match) => match[1]!)
      .filter((word) => ![...users, ...tests].some((other) => other.name !== name && other.words.has(word)))
      .map((word) => `${name} ${word}`),
  );
  expect(found).toEqual([]);
});
