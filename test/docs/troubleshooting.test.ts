import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { saysCure, userTexts } from '../../scripts/userTexts.ts';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/troubleshooting.md'), 'utf8').replaceAll(/\s+/g, ' ');

it('holds an entry for each message of an error that does not say what to do itself', () => {
  const errors = userTexts().filter(({ isError }) => isError);
  expect(errors.length).toBeGreaterThan(150);
  const unanswered = errors
    .filter(({ text }) => !saysCure(text) && !page.includes(text.replaceAll(/\s+/g, ' ').trim()))
    .map(({ file, line, text }) => `${file}:${line}: ${text}`);
  expect(unanswered).toEqual([]);
});

/** Of other programs. */
const others = ['Model does not support past key values which are required for prefix tuning'];

it('quotes messages whose words this program has', () => {
  const sources = readdirSync(path.join(root, 'extension'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, 'extension', file), 'utf8'))
    .join('\n');
  const quoted = [...page.matchAll(/\*\*(.+?)\*\*/g)].flatMap(([, entry]) => entry!.match(/(?<=`)[^`]+(?=`)/g) ?? []);
  expect(quoted.length).toBeGreaterThan(30);
  const strange = quoted.filter(
    (message) => !others.includes(message) && !message.split(/[…;]/).every((part) => sources.includes(part.trim())),
  );
  expect(strange).toEqual([]);
});
