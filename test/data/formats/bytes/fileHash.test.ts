import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadRows } from '../../../../extension/data/formats/bytes/badRows.ts';
import { FileHash } from '../../../../extension/data/formats/bytes/fileHash.ts';
import { readRows } from '../../../../extension/data/formats/read.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const noReport = () => {};

async function readAll(file: string, hash: FileHash, encoding?: string): Promise<number> {
  let rows = 0;
  for await (const _ of readRows({ file, hash, encoding }, [], new BadRows('error'))) rows++;
  return rows;
}

describe('FileHash', () => {
  it.each([
    ['rows.tsv', 'text\tlabel\na\t0\nb\t1\n', 2],
    ['rows.csv', 'text,label\n"a\nb",0\n', 1],
    ['rows.jsonl', '{"text":"a"}\n{"text":"b"}\n', 2],
    ['list.jsonl', '[{"text":"a"},\n{"text":"b"}]', 2],
    ['rows.conll', 'a O\nb O\n\nc O\n', 2],
    ['rows.txt', 'one\ntwo\n', 2],
  ])('takes the bytes of %s while its rows are read', async (name, text, rows) => {
    const file = path.join(temporaryFolder(), name);
    writeFileSync(file, text);
    const hash = new FileHash(file);
    expect(await readAll(file, hash)).toBe(rows);
    // What was read is not read again: other bytes in its place go unseen, what came after is read.
    writeFileSync(file, `${'x'.repeat(text.length)}rest`);
    expect(await hash.whole(noReport)).toBe(sha256(`${text}rest`));
  });

  it('is of the bytes of the file, whatever they are decoded as', async () => {
    const file = path.join(temporaryFolder(), 'rows.tsv');
    const bytes = Buffer.from('text\tlabel\ncaf\xe9\t0\n', 'latin1');
    writeFileSync(file, bytes);
    const hash = new FileHash(file);
    await readAll(file, hash, 'latin1');
    expect(await hash.whole(noReport)).toBe(sha256(bytes));
  });

  it('reads on where a reader stopped, and takes nothing that reader brings later', async () => {
    const file = path.join(temporaryFolder(), 'rows.txt');
    writeFileSync(file, 'one\ntwo\n');
    const hash = new FileHash(file);
    const take = hash.pass();
    take(Buffer.from('one\n'));
    const whole = hash.whole(noReport);
    take(Buffer.from('two\n'));
    expect(await whole).toBe(sha256('one\ntwo\n'));
  });
});
