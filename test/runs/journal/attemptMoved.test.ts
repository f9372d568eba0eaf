import { expect, it } from 'vitest';
import type { JournalEvent } from '../../../extension/contract/journal.ts';
import { attemptMoved } from '../../../extension/runs/journal/attemptMoved.ts';

const events = (...told: readonly object[]): JournalEvent[] => told as unknown as JournalEvent[];
const hello = (attempt: number) => ({ type: 'hello', attempt });
const checkpoint = (step: number, kind = 'last') => ({ type: 'checkpoint', step, kind });

it('tells which attempts left a checkpoint beyond the step they began at', () => {
  const journal = events(
    hello(1),
    checkpoint(10),
    hello(2),
    { type: 'resumed', step: 10, attempt: 2 },
    checkpoint(10),
    checkpoint(12, 'best'),
    hello(3),
    { type: 'resumed', step: 10, attempt: 3 },
    hello(4),
    { type: 'resumed', step: 10, attempt: 4 },
    checkpoint(11),
  );
  expect([1, 2, 3, 4, 5].map((attempt) => attemptMoved(journal, attempt))).toEqual([true, false, false, true, false]);
});
