import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { families } from '../../extension/models/families.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const sourcesBelow = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|py)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));

describe('a model family', () => {
  const quoted = new RegExp(`(['"\`])(${families.map(({ name }) => name).join('|')})\\1`, 'g');

  it('is named nowhere outside the room of models', () => {
    const outside = [...sourcesBelow('extension'), ...sourcesBelow('webview')].filter(
      (file) => !file.startsWith('extension/models/'),
    );
    expect(outside.length).toBeGreaterThan(300);
    const named = outside.flatMap((file) =>
      [...readFileSync(path.join(root, file), 'utf8').matchAll(quoted)].map(([name]) => `${file} names ${name}`),
    );
    expect(named).toEqual([]);
  });

  it('has a name of its own, and a head of some kind', () => {
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    expect(families.filter(({ heads }) => Object.keys(heads).length === 0)).toEqual([]);
  });
});
