import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { configCompletion } from '../../../extension/config/editor/complete.ts';
import { checkSweepText } from '../../../extension/experiments/editor/checkSweepText.ts';

interface Snippet {
  readonly prefix: readonly string[];
  readonly description: string;
  readonly body: readonly string[];
}

const folder = fileURLToPath(new URL('../../../resources/snippets', import.meta.url));
const read = (name: string): [string, Snippet][] =>
  Object.entries(JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, Snippet>);

/** What is written when nobody changes a placeholder. */
const expanded = ({ body }: Snippet): string =>
  body
    .join('\n')
    .replaceAll(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace('$0', '');

describe('snippets', () => {
  it.each(read('config.json'))('write a config without a mistake: %s', (_, snippet) => {
    const text = expanded(snippet);
    const [written] = text.split(':');
    // Some are one section of a config: the others stand around it.
    const rest = configCompletion.whole.insertText
      .split(/^(?=\w)/m)
      .filter((section) => written !== 'model' && !section.startsWith(`${written}:`));
    expect(checkConfig(rest.join('') + text).diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it.each(read('sweep.json'))('write a sweep without a mistake: %s', (_, snippet) => {
    expect(checkSweepText(expanded(snippet)).diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it('say what they are for, and leave the cursor below', () => {
    for (const [name, { prefix, description, body }] of [...read('config.json'), ...read('sweep.json')]) {
      expect(prefix.length, name).toBeGreaterThan(0);
      expect(description, name).toMatch(/^[A-Z].{15,}[^.]$/);
      expect(body.at(-1), name).toBe('$0');
    }
  });
});
