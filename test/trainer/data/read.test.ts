import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import type { DataFormat } from '../../../extension/config/dataSchema.ts';
import { BadRows } from '../../../extension/trainer/data/badRows.ts';
import { readRows } from '../../../extension/trainer/data/read.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

interface How {
  readonly format?: DataFormat;
  readonly delimiter?: string;
  readonly wanted?: readonly string[];
  readonly policy?: 'error' | 'skip';
}

function fileOf(name: string, content: string | Uint8Array): string {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, content);
  return file;
}

/** The rows of a file with this content, their lines, and the messages of skipped ones without the path. */
async function read(name: string, content: string | Uint8Array, { wanted = [], policy, ...how }: How = {}) {
  const file = fileOf(name, content);
  const badRows = new BadRows(policy ?? 'error');
  const rows: Record<string, unknown>[] = [];
  const lines: number[] = [];
  for await (const { line, cells } of readRows({ file, ...how }, wanted, badRows)) {
    rows.push(cells);
    lines.push(line);
  }
  return { rows, lines, skipped: badRows.examples.map(({ message }) => message.replace(file, name)) };
}

const failure = (name: string, content: string | Uint8Array, how?: How) =>
  read(name, content, how).then(
    () => 'read without error',
    (error: Error) => error.message.replace(/^.*[/\\](?=[^/\\]+:)/, ''),
  );

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

describe('TSV', () => {
  it('takes quotes as text, so that a lone one swallows nothing', async () => {
    const { rows } = await read('a.tsv', 'label\ttext\n0\tthe 5" screen\n1\t"good\n0\t"bad"\n');
    expect(rows).toEqual([
      { label: '0', text: 'the 5" screen' },
      { label: '1', text: '"good' },
      { label: '0', text: '"bad"' },
    ]);
  });

  it('reads CRLF, a byte order mark, blank lines and a last line without end', async () => {
    const { rows, lines } = await read('a.tsv', '\ufefflabel\ttext\r\n1\ta\r\n\r\n   \r\n0\tb ');
    expect(rows).toEqual([
      { label: '1', text: 'a' },
      { label: '0', text: 'b ' },
    ]);
    expect(lines).toEqual([2, 5]);
  });

  it('reads lines across the borders of blocks, and characters too', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => 'é漢😀'.repeat(i * 173));
    const { rows } = await read('a.tsv', `i\ttext\n${texts.map((text, i) => `${i}\t${text}\n`).join('')}`);
    expect(rows.map(({ text }) => text)).toEqual(texts);
  });

  it('names the columns there are when one is missing', async () => {
    expect(await failure('a.tsv', 'label\tsentence\n1\ta\n', { wanted: ['text'] })).toBe(
      'a.tsv:1: there must be a column `text`, got `label`, `sentence`; name one of these in data',
    );
    expect(await failure('a.tsv', 'label,text\n1,a\n', { wanted: ['text'] })).toBe(
      'a.tsv:1: there must be a column `text`, got `label,text`; if "," separates the fields, set data.delimiter',
    );
    expect(await failure('a.tsv', 'a\tb\ta\n')).toBe(
      'a.tsv:1: each column must appear once, got `a` twice; rename one of them',
    );
  });

  it('reads other delimiters', async () => {
    const { rows } = await read('a.tsv', 'label|text\n1|a, b\n', { delimiter: '|' });
    expect(rows).toEqual([{ label: '1', text: 'a, b' }]);
  });

  it('refuses line ends of carriage returns alone', async () => {
    expect(await failure('a.tsv', 'label\ttext\r1\ta\r')).toBe(
      'a.tsv:1: lines must end with LF or CRLF, got CR alone; convert the line ends',
    );
  });

  it('keeps a column called __proto__ a column', async () => {
    const { rows } = await read('a.tsv', '__proto__\ttext\nx\ta\n');
    expect(Object.keys(rows[0]!)).toEqual(['__proto__', 'text']);
  });
});

describe('bad rows', () => {
  const content = bytes('label\ttext\n1\tgood\n1\n0\ta\tb\n', '0\tcaf', [0xe9], ' x\n1\tnul', [0], '\n0\tlast\n');
  const messages = [
    'a.tsv:3: must have 2 fields as the header has, got 1; add or remove fields, or set data.on_bad_row: skip',
    'a.tsv:4: must have 2 fields as the header has, got 3; add or remove fields, or set data.on_bad_row: skip',
    'a.tsv:5: must be UTF-8, got other bytes; save the file as UTF-8, or set data.on_bad_row: skip',
    'a.tsv:6: must be text, got a NUL byte; remove the byte, or set data.on_bad_row: skip',
  ];

  it('end the reading', async () => {
    expect(await failure('a.tsv', content)).toBe(messages[0]);
  });

  it('are skipped and counted where the config says so', async () => {
    const { rows, lines, skipped } = await read('a.tsv', content, { policy: 'skip' });
    expect(rows.map(({ text }) => text)).toEqual(['good', 'last']);
    expect(lines).toEqual([2, 7]);
    expect(skipped).toEqual(messages);
  });

  it('are all counted, and the first five kept', async () => {
    const file = fileOf('a.tsv', `label\ttext\n${'x\n'.repeat(9)}`);
    const badRows = new BadRows('skip');
    for await (const _ of readRows({ file }, [], badRows)) expect.unreachable();
    expect(badRows.count).toBe(9);
    expect(badRows.examples).toHaveLength(5);
  });
});

describe('files', () => {
  it('that cannot be read are named with the reason', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'd.csv'));
    const rows = (name: string) => readRows({ file: path.join(folder, name) }, [], new BadRows('skip')).next();
    for (const name of ['none.tsv', 'none.csv', 'none.jsonl', 'none.parquet', 'none.conll', 'none.txt']) {
      await expect(rows(name)).rejects.toThrow(`${path.join(folder, name)}: the file does not exist; check the path`);
    }
    await expect(rows('d.csv')).rejects.toThrow('must be a file, got a folder; name a file inside it');
  });

  it('of unknown ending need a format', async () => {
    expect(await failure('a.xlsx', 'x')).toBe(
      'a.xlsx: the ending does not tell the format; set data.format, or rename the file',
    );
    expect((await read('a.data', 'text\nx\n', { format: 'csv' })).rows).toEqual([{ text: 'x' }]);
  });

  it('in UTF-16 are refused', async () => {
    expect(await failure('a.tsv', bytes([0xff, 0xfe], [0x61, 0]))).toBe(
      'a.tsv: must be UTF-8, got UTF-16; save it as UTF-8',
    );
  });

  it('without line ends are refused before they fill the memory', async () => {
    const endless = Buffer.alloc((1 << 24) + (1 << 19), 'x');
    for (const name of ['a.tsv', 'a.jsonl', 'a.csv', 'a.conll']) {
      expect(await failure(name, endless)).toBe(
        `${name}:1: a line must be at most 16 MiB long, got a longer one; check that the file is text with line ends`,
      );
    }
  });
});

describe('CSV', () => {
  it('reads quotes, line ends inside them, CRLF and a byte order mark', async () => {
    const content = '\ufefftext,label\r\n"one, ""two""\r\nthree",1\r\n\r\nfive" wide,0\r\n"",1\r\n';
    const { rows, lines } = await read('a.csv', content, { wanted: ['label'] });
    expect(rows).toEqual([
      { text: 'one, "two"\nthree', label: '1' },
      { text: 'five" wide', label: '0' },
      { text: '', label: '1' },
    ]);
    expect(lines).toEqual([2, 5, 6]);
  });

  it('reads many records in order', async () => {
    const content = `i,text\n${Array.from({ length: 20_000 }, (_, i) => `${i},"a\n${i}"\n`).join('')}`;
    const { rows, lines } = await read('a.csv', content);
    expect(rows.every(({ i, text }, k) => i === String(k) && text === `a\n${k}`)).toBe(true);
    expect(lines[19_999]).toBe(2 * 20_000);
  });

  it('says where a quote that never closes was opened', async () => {
    expect(await failure('a.csv', 'text,label\na,1\n"b,0\nc,1\n')).toBe(
      'a.csv:3: every quote must be closed, got one that is still open at the end of the file; close the quote in this record, or set data.format: tsv if quotes are plain text',
    );
  });

  it('treats records with a wrong number of fields or bad bytes as bad rows', async () => {
    const content = bytes('text,label\na\n"x\n', [0xff], '\ny",1\n"multi\nline",0\nb,1,2\nc,1\n');
    const { rows, lines, skipped } = await read('a.csv', content, { policy: 'skip' });
    expect(rows.map(({ text }) => text)).toEqual(['multi\nline', 'c']);
    expect(lines).toEqual([6, 9]);
    expect(skipped.map((message) => message.split(';')[0])).toEqual([
      'a.csv:2: must have 2 fields as the header has, got 1',
      'a.csv:4: must be UTF-8, got other bytes',
      'a.csv:8: must have 2 fields as the header has, got 3',
    ]);
    expect(await failure('a.csv', content)).toContain('a.csv:2:');
  });
});

describe('JSONL', () => {
  it('keeps lists, numbers and missing keys as they are', async () => {
    const content = '{"tokens":["a","b"],"label":["O","B-X"]}\n\n{"text":"x\\ny","label":1}\r\n{"__proto__":1}';
    const { rows, lines } = await read('a.jsonl', content);
    expect(rows.slice(0, 2)).toEqual([
      { tokens: ['a', 'b'], label: ['O', 'B-X'] },
      { text: 'x\ny', label: 1 },
    ]);
    expect(Object.keys(rows[2]!)).toEqual(['__proto__']);
    expect(lines).toEqual([1, 3, 4]);
  });

  it('treats what is no object as a bad row', async () => {
    const { rows, skipped } = await read('a.jsonl', '{"a":1}\n[1]\n{"a":\nnull\n{"a":2}\n', { policy: 'skip' });
    expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(skipped[0]).toBe(
      'a.jsonl:2: must be a JSON object, got [1]; write one object a line, or set data.on_bad_row: skip',
    );
    expect(skipped[1]).toMatch(/^a\.jsonl:3: each line must be JSON \(.+\); write one JSON object a line, or/);
    expect(skipped[2]).toContain('a.jsonl:4: must be a JSON object, got null');
  });
});

describe('Parquet', () => {
  const written = () =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'text', data: ['a', 'b', 'c', 'd', 'é漢'], type: 'STRING' },
          { name: 'label', data: [0n, 1n, 0n, 1n, 1n], type: 'INT64' },
          { name: 'tokens', data: [['a'], [], ['c', 'd'], ['e'], ['f']], type: 'JSON' },
        ],
        rowGroupSize: 2,
      }),
    );

  it('reads row group by row group, the wanted columns alone', async () => {
    const { rows, lines } = await read('a.parquet', written(), { wanted: ['text', 'label'] });
    expect(rows).toEqual(['a', 'b', 'c', 'd', 'é漢'].map((text, i) => ({ text, label: [0n, 1n, 0n, 1n, 1n][i] })));
    expect(lines).toEqual([1, 2, 3, 4, 5]);
    expect((await read('a.parquet', written())).rows[2]).toEqual({ text: 'c', label: 0n, tokens: ['c', 'd'] });
  });

  it('names the columns there are', async () => {
    expect(await failure('a.parquet', written(), { wanted: ['sentence'] })).toBe(
      'a.parquet: there must be a column `sentence`, got `text`, `label`, `tokens`; name one of these in data',
    );
  });

  it('refuses what is not Parquet, or damaged', async () => {
    expect(await failure('a.parquet', 'label\ttext\n1\tgood\n')).toBe(
      'a.parquet: must end with the Parquet mark PAR1; check data.format and whether the file is whole',
    );
    const whole = written();
    expect(await failure('a.parquet', whole.subarray(0, whole.length - 9))).toContain('must end with the Parquet mark');
    const damaged = Uint8Array.from(whole);
    damaged.fill(0xff, whole.length - 200, whole.length - 8);
    expect(await failure('a.parquet', damaged)).toContain('a.parquet: must be a whole Parquet file (');
    const footerless = Uint8Array.from(whole);
    footerless.set([0xff, 0xff, 0xff, 0x7f], whole.length - 8);
    expect(await failure('a.parquet', footerless)).toContain('a.parquet: must be a whole Parquet file (');
  });
});

describe('CoNLL', () => {
  it('reads tabs or spaces, any number of columns, and every kind of sentence end', async () => {
    const content =
      '-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects  VBZ  O\n \t\nPeter NNP B-PER\n\n\n-DOCSTART- -X- O\nBerlin NNP B-LOC';
    const { rows, lines } = await read('a.conll', content);
    expect(rows).toEqual([
      { tokens: ['EU', 'rejects'], label: ['B-ORG', 'O'] },
      { tokens: ['Peter'], label: ['B-PER'] },
      { tokens: ['Berlin'], label: ['B-LOC'] },
    ]);
    expect(lines).toEqual([3, 6, 10]);
  });

  it('reads words with odd characters between tabs, and a byte order mark on its own line', async () => {
    const content = '\ufeff#\tO\r\nnew york\tB-LOC\r\n\t\r\n"\tO\r\nname\ufeff\tB-PER\r\n\ufeff\r\n';
    const { rows } = await read('a.conll', content);
    expect(rows).toEqual([
      { tokens: ['#', 'new york'], label: ['O', 'B-LOC'] },
      { tokens: ['"', 'name\ufeff'], label: ['O', 'B-PER'] },
    ]);
  });

  it('reads words alone', async () => {
    expect((await read('a.conll', 'one\ntwo\n\nthree\n')).rows).toEqual([
      { tokens: ['one', 'two'] },
      { tokens: ['three'] },
    ]);
  });

  it('skips the sentence of a bad line, no more', async () => {
    const content = 'a\tO\n\nb\tO\nc\n\nd\t\ne\tO\n\n\tO\n\nf\tO\nbad\tO\tO\n\ng\tO\n';
    const { rows, skipped } = await read('a.conll', content, { policy: 'skip' });
    expect(rows.map(({ tokens }) => tokens)).toEqual([['a'], ['g']]);
    expect(skipped).toEqual([
      'a.conll:4: must have 2 columns as the first line has, got 1; separate the columns with one tab, or set data.on_bad_row: skip',
      'a.conll:6: the tag must not be empty; write the tag, O for none, or set data.on_bad_row: skip',
      'a.conll:9: the word must not be empty; write the word, or a blank line, or set data.on_bad_row: skip',
      'a.conll:12: must have 2 columns as the first line has, got 3; separate the columns with one tab, or set data.on_bad_row: skip',
    ]);
  });
});

describe('text', () => {
  it('reads one text a line', async () => {
    const { rows, lines } = await read('a.txt', 'one\n\n two \r\nthree');
    expect(rows).toEqual([{ text: 'one' }, { text: ' two ' }, { text: 'three' }]);
    expect(lines).toEqual([1, 3, 4]);
  });
});
