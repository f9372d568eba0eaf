import { expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { distinctFixes } from '../../../extension/config/editor/distinctFixes.ts';

it('a fix that several findings share is offered once, and cures them all', () => {
  const fixes = distinctFixes(checkConfig('').diagnostics);
  expect(fixes.map(({ fix, cures, isOnly }) => [fix.title, cures.length, isOnly])).toEqual([
    ['Write a whole config', 4, false],
    ['Add model', 1, false],
    ['Add task', 1, false],
    ['Add data', 1, false],
    ['Add methods', 1, false],
  ]);
});
