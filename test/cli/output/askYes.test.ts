import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { askYes } from '../../../extension/cli/output/askYes.ts';

it.each([
  ['y\n', true],
  ['YES\n', true],
  [' y \n', true],
  ['n\n', false],
  ['yeah\n', false],
  ['\n', false],
  ['', false],
])('takes %j for %s', async (typed, isYes) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = askYes('Upload \u001b[2J?', input, output);
  input.end(typed);
  expect(await answer).toBe(isYes);
  expect(String(output.read())).toBe('Upload \\u001b[2J? [y/N] ');
});
