import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, readFileSync, readSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../../extension/checkpoint/format/atomicFile.ts';
import { makeOwnFolder, openForAppending } from '../../extension/files/ownFile.ts';
import { JournalWriter } from '../../extension/runs/journal/journalWriter.ts';
import { OutputLog } from '../../extension/supervisor/outputLog.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** A folder with something outside it that must stay as it is. */
function folders() {
  const base = temporaryFolder();
  const [own, outside] = [path.join(base, 'run'), path.join(base, 'outside')];
  mkdirSync(own);
  writeFileSync(outside, 'untouched');
  const linked = (name: string, target = outside): string => {
    symlinkSync(target, path.join(own, name));
    return path.join(own, name);
  };
  const untouched = (): void => expect(readFileSync(outside, 'utf8')).toBe('untouched');
  return { base, own, outside, linked, untouched };
}

describe.runIf(process.platform !== 'win32')('what we write', () => {
  it('is appended to a file of the folder, made where there is none, and can be read', () => {
    const file = path.join(folders().own, 'log');
    for (const word of ['a', 'b']) {
      const descriptor = openForAppending(file);
      writeSync(descriptor, word);
      expect(readSync(descriptor, Buffer.alloc(1), 0, 1, 0)).toBe(1);
      closeSync(descriptor);
    }
    expect(readFileSync(file, 'utf8')).toBe('ab');
  });

  it('does not follow the link of a journal or a log, dangling ones included', () => {
    const { base, linked, untouched } = folders();
    const journal = linked('journal.jsonl');
    expect(() => new JournalWriter(journal)).toThrow(
      `${journal}: must not be a link, which would lead writes elsewhere; delete the link`,
    );
    const dangling = linked('dangling', path.join(base, 'not-there'));
    expect(() => openForAppending(dangling)).toThrow(/must not be a link/);
    const log = new OutputLog(linked('output.log'));
    log.write('stderr', Buffer.from('kept in memory\n'));
    expect(log.stderrTail).toEqual(['kept in memory']);
    log.close();
    untouched();
  });

  it('goes into no pipe, without waiting for a reader', () => {
    const pipe = path.join(folders().own, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => openForAppending(pipe)).toThrow(`${pipe}: must be a file; delete what is in its place`);
  });

  it('replaces the links of a file and of what lies aside', async () => {
    const { own, linked, untouched } = folders();
    linked('last.safetensors');
    linked('last.safetensors.partial');
    const file = path.join(own, 'last.safetensors');
    await writeAtomically(file, (handle) => handle.writeFile('values'));
    expect(readFileSync(file, 'utf8')).toBe('values');
    untouched();
  });

  it('goes into no linked folder', () => {
    const { base, linked } = folders();
    expect(() => makeOwnFolder(linked('adapter', base))).toThrow(/adapter: must not be a link/);
    makeOwnFolder(path.join(base, 'new', 'adapter'));
    makeOwnFolder(path.join(base, 'new', 'adapter'));
  });
});
