import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { saysCure, userTexts } from '../../scripts/userTexts.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);

it('holds an entry for each message of an error that does not say what to do itself', () => {
  const errors = userTexts().filter(({ isError }) => isError);
  expect(errors.length).toBeGreaterThan(150);
  const unanswered = errors
    .filter(({ text }) => !saysCure(text) && !page.includes(text.replaceAll(/\s+/g, ' ').trim()))
    .map(({ file, line, text }) => `${file}:${line}: ${text}`);
  expect(unanswered).toEqual([]);
});
