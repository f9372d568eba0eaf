import { describe, expect, it } from 'vitest';
import { journalLine, parseJournalLine } from '../../extension/contract/journal.ts';
import { progress } from '../support/newRun.ts';

describe('journal lines', () => {
  it('come back as they went in', () => {
    const line = journalLine(progress(3));
    expect(line.endsWith('}\n')).toBe(true);
    expect(parseJournalLine(line)).toEqual(progress(3));
  });

  it('keep a loss that is no finite number', () => {
    const event = progress(3, { loss: Number.NaN, gradientNorm: Number.POSITIVE_INFINITY });
    expect(journalLine(event)).toContain('"loss":"NaN"');
    expect(parseJournalLine(journalLine(event))).toEqual(event);
  });

  it.each([
    '',
    '{"type":"progress","st',
    'null',
    '[]',
    '{"type":"later kind"}',
    '\0\0\0',
    '{"type":"resumed","time":"t","step":-1}',
  ])('are no event when they are %j', (line) => {
    expect(parseJournalLine(line)).toBeUndefined();
  });
});
