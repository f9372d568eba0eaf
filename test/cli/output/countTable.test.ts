import { expect, it } from 'vitest';
import { countsTable } from '../../../extension/cli/output/countTable.ts';
import { newRun } from '../../support/newRun.ts';

it('a table of counts tells a small share as the page does, never as zero', () => {
  const counts = { ...newRun().counts, method: 4_096, percent: 0.00033 };
  expect(countsTable([{ methods: 'ln-tuning', counts }])).toContain('0.00033\u202f%');
});
