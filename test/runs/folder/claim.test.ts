import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import {
  assertHeld,
  attemptAt,
  claimHolder,
  claimRun,
  claimUnlessTaken,
  releaseClaim,
} from '../../../extension/runs/folder/claim.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { end, hello } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const dead = { startTime: '1' };

describe('claimRun', () => {
  it('gives a run to one process at a time', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    await claimRun(folder, self);
    expect(claimHolder(folder)).toEqual(self);
    await expect(claimRun(folder, self)).rejects.toThrow(
      `${path.basename(folder)}: a run has one trainer at a time; process ${process.pid} is running it; wait for its end or \`peft-lab stop\` it`,
    );
  });

  it('is no error for whoever takes what is free, and comes second', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    const taken = await Promise.all(Array.from({ length: 5 }, () => claimUnlessTaken(folder, self)));
    expect(taken.filter((claim) => claim !== undefined)).toHaveLength(1);
    await expect(claimUnlessTaken(path.join(folder, 'nowhere'), self)).rejects.toThrow();
  });

  it('gives it to one of many who ask at once, also when its holder has died', async () => {
    const self = await currentProcess();
    for (const earlier of [undefined, { ...self, ...dead }]) {
      const folder = temporaryFolder();
      if (earlier !== undefined) await claimRun(folder, earlier);
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => claimRun(folder, self)));
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      expect(readdirSync(folder).sort()).toEqual(['claim', ...(earlier === undefined ? [] : ['claim.2'])]);
    }
  });

  it('is refused while the worker of a killed supervisor still writes', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    const gone = { ...self, ...dead };
    await claimRun(folder, gone);
    const worker = { pid: self.pid, startTime: self.startTime };
    writeFileSync(path.join(folder, 'process.json'), JSON.stringify({ ...gone, worker, attempt: 1 }));
    await expect(claimRun(folder, self)).rejects.toMatchObject({ code: 'busy' });
  });

  it('is refused when the holder is out of sight, and names the file to delete', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    await claimRun(folder, { ...self, host: 'elsewhere' });
    await expect(claimRun(folder, self)).rejects.toThrow(
      `on host elsewhere took it and cannot be asked from here; if it no longer runs, delete ${path.join(folder, 'claim')}`,
    );
  });

  it('waits out a claim in the making, and passes over one left half made', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    const file = path.join(folder, 'claim');
    writeFileSync(file, '');
    await expect(claimRun(folder, self)).rejects.toMatchObject({ code: 'busy' });
    utimesSync(file, 0, 0);
    await expect(claimRun(folder, self)).resolves.toEqual({ file: path.join(folder, 'claim.2') });
  });

  describe('on hosts that share the folder', () => {
    const elsewhere = { pid: 7, startTime: '1', host: 'elsewhere', bootId: 'b', claimedAt: '2025-01-31T12:00:05.000Z' };
    const journal = (folder: string, ...events: readonly JournalEvent[]) =>
      writeFileSync(path.join(folder, 'journal.jsonl'), events.map(journalLine).join(''));

    it('is given where its attempt has ended on another host, whatever the clocks say', async () => {
      const self = await currentProcess();
      const folder = temporaryFolder();
      await claimRun(folder, elsewhere);
      journal(folder, hello(1), end('stopped', 1));
      await claimRun(folder, self);
      expect(readdirSync(folder).sort()).toEqual(['claim', 'claim.2', 'journal.jsonl']);
      expect(attemptAt(folder)).toBe(2);
    });

    it('is refused where only an earlier attempt has ended, though that end looks later', async () => {
      const folder = temporaryFolder();
      await claimRun(folder, elsewhere);
      journal(folder, hello(1), end('stopped', 30));
      await claimRun(folder, { ...elsewhere, host: 'third' });
      await expect(claimRun(folder, await currentProcess())).rejects.toThrow(
        `on host third took it and cannot be asked from here; if it no longer runs, delete ${path.join(folder, 'claim.2')}`,
      );
    });

    it('is taken from a holder whose claim was deleted by hand, who then learns of it', async () => {
      const folder = temporaryFolder();
      await claimRun(folder, elsewhere);
      writeFileSync(path.join(folder, 'process.json'), JSON.stringify({ ...elsewhere, attempt: 1 }));
      rmSync(path.join(folder, 'claim'));
      expect(() => assertHeld(folder, 1)).not.toThrow();
      const self = await currentProcess();
      await claimRun(folder, self);
      expect(() => assertHeld(folder, 2)).not.toThrow();
      expect(() => assertHeld(folder, 1)).toThrow(
        `${path.basename(folder)}: attempt 1 has been taken over by attempt 2 by process ${self.pid} on host ${self.host}; this one ends and writes nothing more`,
      );
    });
  });

  it('is given to another when the attempt of a living process has ended', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    await claimRun(folder, self);
    writeFileSync(path.join(folder, 'journal.jsonl'), journalLine(end('failed', 3)));
    await claimRun(folder, self);
    expect(attemptAt(folder)).toBe(2);
  });

  it('can be given back', async () => {
    const folder = temporaryFolder();
    const self = await currentProcess();
    releaseClaim(await claimRun(folder, self));
    expect(claimHolder(folder)).toBeUndefined();
  });
});
