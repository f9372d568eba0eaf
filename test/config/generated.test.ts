import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configKeys } from '../../extension/config/schema/keyTable.ts';
import { entryNames, optionKeys } from '../../extension/methods/entries/entryOptions.ts';
import type { KeyInfo } from '../../extension/problems/keyInfo.ts';
import { generate } from '../../scripts/generateSchema.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('generated files', () => {
  it.each(Object.entries(generate()))(
    '%s is up to date (node scripts/run.mjs scripts/generateSchema.ts)',
    (path, content) => {
      expect(readFileSync(root + path, 'utf8')).toBe(content);
    },
  );

  it('has every method and its options in the JSON schema', () => {
    const schema = JSON.parse(generate()['extension/config/generated/peft.schema.json']!) as {
      $defs: Record<string, { properties: Record<string, unknown> }>;
    };
    for (const name of entryNames) {
      expect(Object.keys(schema.$defs[name]!.properties).sort()).toEqual([...optionKeys(name)!.children.keys()].sort());
    }
  });
});

describe('the declaration', () => {
  const all = (info: KeyInfo, path: string): readonly (readonly [string, KeyInfo])[] =>
    [...info.children].flatMap(([key, child]) => [[`${path}${key}`, child] as const, ...all(child, `${path}${key}.`)]);
  // The options of a preset's parts are those of the methods.
  const options = entryNames.flatMap((name) =>
    [...optionKeys(name)!.children]
      .filter(([key]) => !entryNames.includes(key))
      .map(([key, info]) => [`${name}.${key}`, info] as const),
  );

  it.each([...all(configKeys(), ''), ...options])('%s has a description of one line and a rule in words', (_, info) => {
    expect(info.description).toMatch(/^[A-Z`].*[.]$/);
    expect(info.rule).not.toMatch(/a value$|^$/);
  });
});
