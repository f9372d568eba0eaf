import type { JournalEvent } from '../../contract/journal.ts';

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'time'> : never;

/** An event of a run's journal, without the time, which is that of its writing. `end` is written from the outcome. */
export type RunEvent = WithoutTime<Exclude<JournalEvent, { type: 'end' }>>;

/** Puts an event on a run's record. */
export type Report = (event: RunEvent) => void;

/** Stamps events with the time at which they are reported. */
export const reportTo =
  (emit: (event: Exclude<JournalEvent, { type: 'end' }>) => void): Report =>
  ({ type, ...facts }) =>
    emit({ type, time: new Date().toISOString(), ...facts } as Parameters<typeof emit>[0]);
