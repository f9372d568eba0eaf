import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalLine } from '../../../extension/contract/journal.ts';
import { readJournal } from '../../../extension/runs/journal/journalReader.ts';
import { JournalWriter } from '../../../extension/runs/journal/journalWriter.ts';
import { end, hello, progress } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const journalIn = (folder: string): string => path.join(folder, 'journal.jsonl');

describe('JournalWriter', () => {
  it('appends one line an event and counts the bytes', () => {
    const file = journalIn(temporaryFolder());
    const journal = new JournalWriter(file);
    journal.append(hello());
    journal.append(progress(1));
    journal.close();
    expect(readFileSync(file, 'utf8')).toBe(journalLine(hello()) + journalLine(progress(1)));
    expect(journal.bytes).toBe(readFileSync(file).length);
  });

  it('ends a half line of an earlier attempt before its own first event', async () => {
    const file = journalIn(temporaryFolder());
    writeFileSync(file, `${journalLine(hello())}{"type":"progress","st`);
    const journal = new JournalWriter(file);
    journal.append({ type: 'resumed', time: 'now', step: 0 });
    journal.close();
    const read = await readJournal(file);
    expect(read.events.map((event) => event.type)).toEqual(['hello', 'resumed']);
    expect(read.skippedLines).toBe(1);
    expect(read.bytes).toBe(journal.bytes);
  });

  it('goes on at the end when another has written meanwhile', async () => {
    const file = journalIn(temporaryFolder());
    const journal = new JournalWriter(file);
    journal.append(progress(1));
    appendFileSync(file, journalLine(progress(2)));
    journal.append(progress(3));
    journal.close();
    const { events } = await readJournal(file);
    expect(events).toEqual([progress(1), progress(2), progress(3)]);
  });

  it.runIf(process.platform !== 'win32')('notices at the next durable event that its folder was deleted', () => {
    const folder = temporaryFolder();
    const journal = new JournalWriter(journalIn(folder));
    rmSync(folder, { recursive: true });
    journal.append(progress(1));
    expect(() => journal.append(end('finished', 1))).toThrow(/the run folder has been deleted or renamed/);
    journal.close();
  });

  it.runIf(process.getuid?.() !== 0 && process.platform !== 'win32')('says that a folder is read-only', () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(() => new JournalWriter(journalIn(folder))).toThrow(
      /cannot be written \(EACCES\); make the folder writable/,
    );
    chmodSync(folder, 0o700);
  });
});
