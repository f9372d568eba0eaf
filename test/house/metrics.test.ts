import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { metrics } from '../../extension/metrics/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where metrics are declared and computed; those that no outcome gives are columns of journals, too. */
const homes = /^extension\/metrics\//;
const names = metrics.filter((metric) => 'compute' in metric).map(({ name }) => name);

const sources = ['extension', 'webview'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')),
);

describe('metrics', () => {
  it('have their names in the registry and where they are computed, and nowhere else', () => {
    const quoted = new RegExp(`(['"])(${names.join('|')})\\1|\\b(${names.join('|')}):|\\.(${names.join('|')})\\b`);
    const strangers = sources.filter(
      (file) => !homes.test(file) && quoted.test(readFileSync(path.join(root, file), 'utf8')),
    );
    expect(strangers).toEqual([]);
  });
});
