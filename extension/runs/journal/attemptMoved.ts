import type { JournalEvent } from '../../contract/journal.ts';

/** Whether an attempt left a checkpoint beyond the step it began at. */
export function attemptMoved(events: readonly JournalEvent[], attempt: number): boolean {
  let current: number | undefined;
  let from = 0;
  for (const event of events) {
    if (event.type === 'hello') {
      current = event.attempt;
      from = 0;
    }
    if (current !== attempt) continue;
    if (event.type === 'resumed') from = event.step;
    if (event.type === 'checkpoint' && event.kind === 'last' && event.step > from) return true;
  }
  return false;
}
