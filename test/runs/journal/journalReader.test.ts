import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JournalEvent, type JournalEventOf, journalLine } from '../../../extension/contract/journal.ts';
import { FileRefusal } from '../../../extension/files/guardedFile.ts';
import { JournalParser } from '../../../extension/runs/journal/journalParser.ts';
import { mergeAttempts, readJournal } from '../../../extension/runs/journal/journalReader.ts';
import { end, evaluation, hello, progress } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('JournalParser', () => {
  it('finds the same events however the bytes are cut', () => {
    const events: JournalEvent[] = [
      hello(),
      progress(1),
      { type: 'warning', time: 'now', code: 'öäü', message: 'héllo 日本語 🙂' },
      end('stopped', 1),
    ];
    const bytes = Buffer.from(events.map(journalLine).join(''));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (lengths) => {
        const parser = new JournalParser();
        const found: JournalEvent[] = [];
        for (let start = 0, turn = 0; start < bytes.length; turn++) {
          const length = lengths[turn % lengths.length]!;
          found.push(...parser.push(bytes.subarray(start, start + length)));
          start += length;
        }
        expect(found).toEqual(events);
        expect(parser.skippedLines).toBe(0);
        expect(parser.pendingBytes).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('survives any bytes at all, and counts lines that are no events', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        const parser = new JournalParser();
        parser.push(Buffer.from(garbage));
        expect(parser.push(Buffer.from(`\n${journalLine(progress(1))}`))).toEqual([progress(1)]);
      }),
      { numRuns: 100 },
    );
    const parser = new JournalParser();
    parser.push(Buffer.from('garbage\n\n{"type":"hello"}\n\0\0\n'));
    expect(parser.skippedLines).toBe(3);
  });

  it('does not keep an endless line in memory, and reads on after it', () => {
    const parser = new JournalParser();
    const piece = Buffer.alloc(300_000, 'x');
    for (let turn = 0; turn < 8; turn++) parser.push(piece);
    expect(parser.push(Buffer.from(`\n${journalLine(progress(7))}`))).toEqual([progress(7)]);
    expect(parser.skippedLines).toBe(1);
  });
});

describe('readJournal', () => {
  it('takes a missing journal for an empty one', async () => {
    expect(await readJournal(path.join(temporaryFolder(), 'journal.jsonl'))).toEqual({
      events: [],
      skippedLines: 0,
      bytes: 0,
    });
  });

  it('reads files larger than a chunk', async () => {
    const file = path.join(temporaryFolder(), 'journal.jsonl');
    const events = Array.from({ length: 6000 }, (_, index) => progress(index + 1));
    writeFileSync(file, events.map(journalLine).join(''));
    const read = await readJournal(file);
    expect(read.bytes).toBeGreaterThan(1 << 20);
    expect(read.events).toEqual(events);
  });
});

describe('a file that is no journal', () => {
  it.each(['1\n', '{}\n', '{"type":"evaluation"}\n', '\n'])('of lines of %j is not read to its end', async (line) => {
    const file = path.join(temporaryFolder(), 'journal.jsonl');
    writeFileSync(file, journalLine(hello()) + line.repeat(20_000) + journalLine(progress(1)));
    await expect(readJournal(file)).rejects.toThrow(`${file}: must hold one event a line, got more than 10000 lines`);
  });

  it.runIf(existsSync('/proc/self/pagemap'))('is left where it never ends', async () => {
    const file = path.join(temporaryFolder(), 'journal.jsonl');
    symlinkSync('/proc/self/pagemap', file);
    await expect(readJournal(file)).rejects.toThrow(FileRefusal);
  });

  it('an evaluation with more metrics than any task has is no event of ours', async () => {
    const file = path.join(temporaryFolder(), 'journal.jsonl');
    const metrics = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`m${index}`, 1]));
    writeFileSync(file, journalLine({ ...(evaluation(2, 0.5) as JournalEventOf<'evaluation'>), metrics }));
    expect(await readJournal(file)).toMatchObject({ events: [], skippedLines: 1 });
  });
});

describe('mergeAttempts', () => {
  it('looks at each event once, however often a run was resumed and judged', () => {
    let looks = 0;
    const watched = (event: JournalEvent): JournalEvent =>
      new Proxy(event, {
        get: (target, key) => {
          looks++;
          return Reflect.get(target, key);
        },
      });
    const resumed: JournalEvent = { type: 'resumed', time: 'now', step: 1 };
    const events = Array.from({ length: 2000 }, (_, index) => [evaluation(1, index), resumed]).flat();
    const merged = mergeAttempts(events.map(watched));
    expect(merged.filter(({ type }) => type === 'evaluation')).toHaveLength(1);
    expect(looks).toBeLessThan(20 * events.length);
  });

  it('counts an evaluation once that a resumed attempt repeated', () => {
    const resumed: JournalEvent = { type: 'resumed', time: 'now', step: 2 };
    const before: JournalEvent = { ...(evaluation(2, 0.5) as object), split: 'test' } as JournalEvent;
    const events = [
      evaluation(1, 0.6),
      before,
      evaluation(2, 0.7),
      progress(3),
      hello(60),
      resumed,
      evaluation(2, 0.7),
    ];
    expect(mergeAttempts(events)).toEqual([evaluation(1, 0.6), before, hello(60), resumed, evaluation(2, 0.7)]);
  });

  it('drops what an earlier attempt wrote beyond the step it was resumed from, and its end', () => {
    const resumed: JournalEvent = { type: 'resumed', time: 'now', step: 2 };
    const first = [
      hello(),
      progress(1),
      progress(2),
      evaluation(2, 0.7),
      progress(3),
      evaluation(3, 0.9),
      end('died', 3),
    ];
    const second = [hello(60), resumed, progress(3, { loss: 0.1 }), end('finished', 3)];
    expect(mergeAttempts([...first, ...second])).toEqual([
      hello(),
      progress(1),
      progress(2),
      evaluation(2, 0.7),
      hello(60),
      resumed,
      progress(3, { loss: 0.1 }),
      end('finished', 3),
    ]);
  });
});
