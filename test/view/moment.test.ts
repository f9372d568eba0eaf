import { describe, expect, it } from 'vitest';
import { dateTime, timeOfDay } from '../../extension/view/moment.ts';

describe('moments', () => {
  it('read the same in every language of the system: year first, hours to 24, local time', () => {
    const moment = new Date(2026, 10, 9, 7, 5, 3);
    expect(dateTime(moment.getTime())).toBe('2026-11-09 07:05:03');
    expect(dateTime(moment.toISOString())).toBe('2026-11-09 07:05:03');
    expect(timeOfDay(new Date(2026, 5, 1, 23, 59, 59).getTime())).toBe('23:59:59');
  });

  it('are shown as they are written where they are no time', () => {
    expect(dateTime('yesterday')).toBe('yesterday');
  });
});
