import { appendFileSync, mkdirSync, renameSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import { JournalTail } from '../../../extension/runs/journal/journalTail.ts';
import { progress } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

function follow(options: { readonly from?: number } = {}) {
  const file = path.join(temporaryFolder(), 'journal.jsonl');
  const events: JournalEvent[] = [];
  const resets: number[] = [];
  const errors: unknown[] = [];
  const tail = new JournalTail(file, {
    ...options,
    onEvents: (more) => events.push(...more),
    onReset: () => resets.push(events.splice(0).length),
    onError: (error) => errors.push(error),
    debounceMs: 1,
    pollMs: 5,
  });
  onTestFinished(() => tail.close());
  return { file, events, resets, errors, tail };
}

describe('JournalTail', () => {
  it('waits for a journal that is not there yet, and for the rest of a half line', async () => {
    const { file, events, tail } = follow();
    await tail.read();
    const line = journalLine(progress(2));
    writeFileSync(file, journalLine(progress(1)) + line.slice(0, 20));
    await tail.read();
    expect(events).toEqual([progress(1)]);
    appendFileSync(file, line.slice(20));
    await tail.read();
    expect(events).toEqual([progress(1), progress(2)]);
    expect(tail.skippedLines).toBe(0);
  });

  it('counts garbage and goes on', async () => {
    const { file, events, tail } = follow();
    writeFileSync(file, `not json\n${journalLine(progress(1))}\0\0\0\n`);
    await tail.read();
    expect(events).toEqual([progress(1)]);
    expect(tail.skippedLines).toBe(2);
  });

  it('begins where it is told to', async () => {
    const { file, events, tail } = follow({ from: journalLine(progress(1)).length });
    writeFileSync(file, journalLine(progress(1)) + journalLine(progress(2)));
    await tail.read();
    expect(events).toEqual([progress(2)]);
  });

  it('tells everything again when the file was cut short', async () => {
    const { file, events, resets, tail } = follow();
    writeFileSync(file, journalLine(progress(1)) + journalLine(progress(2)));
    await tail.read();
    truncateSync(file, journalLine(progress(1)).length);
    await tail.read();
    expect(resets).toEqual([2]);
    expect(events).toEqual([progress(1)]);
  });

  it('tells everything again when the file was replaced', async () => {
    const { file, events, resets, tail } = follow();
    writeFileSync(file, journalLine(progress(1)));
    await tail.read();
    writeFileSync(`${file}.new`, journalLine(progress(5)) + journalLine(progress(6)));
    renameSync(`${file}.new`, file);
    await tail.read();
    expect(resets).toEqual([1]);
    expect(events).toEqual([progress(5), progress(6)]);
  });

  it('goes on after its journal was deleted, or could not be read for a while', async () => {
    const { file, events, resets, errors, tail } = follow();
    writeFileSync(file, journalLine(progress(1)));
    await tail.read();
    rmSync(file);
    await tail.read();
    expect(errors).toEqual([]);
    mkdirSync(file);
    await tail.read();
    expect(errors.map(String)).toEqual([expect.stringContaining('must be a file, got a folder')]);
    rmdirSync(file);
    writeFileSync(file, journalLine(progress(2)));
    await tail.read();
    expect(resets[0]).toBe(1);
    expect(events).toEqual([progress(2)]);
  });

  it('follows by itself once started', async () => {
    const { file, events, tail } = follow();
    tail.start();
    writeFileSync(file, journalLine(progress(1)));
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 20_000, interval: 2 });
    appendFileSync(file, journalLine(progress(2)));
    await vi.waitFor(() => expect(events).toHaveLength(2), { timeout: 20_000, interval: 2 });
  });

  it('stops in the middle of a long file when it is closed, and goes on from there', async () => {
    const { file, events, tail } = follow();
    const all = Array.from({ length: 20_000 }, (_, index) => progress(index + 1));
    writeFileSync(file, all.map(journalLine).join(''));
    const reading = tail.read();
    await vi.waitUntil(() => events.length > 0, { timeout: 20_000, interval: 1 });
    tail.close();
    await reading;
    expect(events.length).toBeLessThan(all.length);
    tail.start();
    await vi.waitUntil(() => events.length >= all.length, { timeout: 20_000 });
    expect(events).toEqual(all);
  });
});
