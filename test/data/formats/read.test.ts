import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { BadRows } from '../../../extension/data/formats/bytes/badRows.ts';
import { readRows } from '../../../extension/data/formats/read.ts';
import type { DataSource } from '../../../extension/data/formats/readers/source.ts';
import { textCell } from '../../../extension/tasks/rows/row.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

interface How extends Omit<DataSource, 'file'> {
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

  it('reads files without a header by the columns that the config names', async () => {
    const cola = { columns: ['source', 'label', 'mark', 'text'] };
    expect((await read('a.tsv', 'gj04\t1\t\tThey sang.\ngj04\t0\t*\tSang they.', cola)).rows).toEqual([
      { source: 'gj04', label: '1', mark: '', text: 'They sang.' },
      { source: 'gj04', label: '0', mark: '*', text: 'Sang they.' },
    ]);
    const trec = { columns: ['label', 'text...'], delimiter: ' ', encoding: 'latin1', format: 'tsv' } as const;
    expect((await read('a.label', bytes('NUM:dist How far is Qu', [0xe9], 'bec ?\n'), trec)).rows).toEqual([
      { label: 'NUM:dist', text: 'How far is Québec ?' },
    ]);
    const more = await read('a.tsv', '1\ta\tb\tc\n2\tx\ty\n', { columns: ['label', 'one', 'two', '...'] });
    expect(more.rows).toEqual([
      { label: '1', one: 'a', two: 'b' },
      { label: '2', one: 'x', two: 'y' },
    ]);
    expect(await failure('a.tsv', '1\ta\tb\n', { columns: ['label', 'text'] })).toBe(
      'a.tsv:1: must have 2 fields as data.columns has, got 3; end data.columns with ... if rows may have more, or set data.on_bad_row: skip',
    );
    expect(await failure('a.tsv', '1\ta\n', { columns: ['label', 'text'], wanted: ['body'] })).toBe(
      'a.tsv: there must be a column `body`, got `label`, `text`; name one of these in data',
    );
  });

  it('tells a first line that is more likely a row than names', async () => {
    const sentence = 'The sailors rode the breeze clear of the rocks.';
    expect(await failure('a.tsv', `gj04\t1\t\t${sentence}\n`, { wanted: ['text'] })).toBe(
      `a.tsv:1: there must be a column \`text\`, got \`gj04\`, \`1\`, \`\`, \`${sentence}\`; ` +
        'if the first line is a row, name all 4 columns: data.columns: [first, second, …]',
    );
    expect(await failure('a.csv', '"2","a","2"\n')).toBe(
      'a.csv:1: each column must appear once, got `2` twice; ' +
        'if the first line is a row, name all 3 columns: data.columns: [first, second, third], or rename one of them',
    );
  });

  it('leaves out columns without a name, and does not ask for those at the end', async () => {
    const kaggle = 'v1,v2,,,\nham,"Go, now",,,\nspam,Win, more text,,\nham,Ok\n';
    expect((await read('a.csv', kaggle, { wanted: ['v1', 'v2'] })).rows).toEqual([
      { v1: 'ham', v2: 'Go, now' },
      { v1: 'spam', v2: 'Win' },
      { v1: 'ham', v2: 'Ok' },
    ]);
    expect((await read('a.csv', ',text\n0,la\n')).rows).toEqual([{ text: 'la' }]);
    expect(await failure('a.csv', 'v1,v2,,\nham\n')).toContain('a.csv:2: must have 4 fields as the header has, got 1');
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

describe('lines of CSV', () => {
  it('are those of the file, whatever else a field holds that looks like an end', async () => {
    const { lines } = await read('a.csv', 'text,label\n"a\rb\n\rc\u2028",1\n\nla\rbake,0\r\n"",1\nlemo,1\n');
    expect(lines).toEqual([2, 5, 6, 7]);
  });
});

describe('bad rows', () => {
  const content = bytes('label\ttext\n1\tgood\n1\n0\ta\tb\n', '0\tcaf', [0xe9], ' x\n1\tnul', [0], '\n0\tlast\n');
  const messages = [
    'a.tsv:3: must have 2 fields as the header has, got 1; add or remove fields',
    'a.tsv:4: must have 2 fields as the header has, got 3; add or remove fields',
    'a.tsv:5: must be UTF-8, got other bytes; save the file as UTF-8, or set data.encoding to what it is written in (windows-1252 for Western Europe, -1250 Central Europe, -1251 Cyrillic, -1253 Greek, -1254 Turkish, …)',
    'a.tsv:6: must be text, got a NUL byte; remove the byte',
  ];

  it('end the reading', async () => {
    expect(await failure('a.tsv', content)).toBe(`${messages[0]}, or set data.on_bad_row: skip`);
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
  it('names a file that cannot be read, with the reason', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'd.csv'));
    const rows = (name: string) => readRows({ file: path.join(folder, name) }, [], new BadRows('skip')).next();
    for (const name of ['none.tsv', 'none.csv', 'none.jsonl', 'none.parquet', 'none.conll', 'none.txt']) {
      await expect(rows(name)).rejects.toThrow(`${path.join(folder, name)}: the file does not exist; check the path`);
    }
    await expect(rows('d.csv')).rejects.toThrow('must be a file, got a folder; name a file inside it');
  });

  it('asks for a format where the ending is unknown', async () => {
    expect(await failure('a.xlsx', 'x')).toBe(
      'a.xlsx: the ending does not name the format; set data.format, or rename the file',
    );
    expect((await read('a.data', 'text\nx\n', { format: 'csv' })).rows).toEqual([{ text: 'x' }]);
  });

  it('refuses files in UTF-16', async () => {
    expect(await failure('a.tsv', bytes([0xff, 0xfe], [0x61, 0]))).toBe(
      'a.tsv: must be UTF-8, got UTF-16; set data.encoding: utf-16, or save it as UTF-8',
    );
  });

  it('reads files in the encoding that the config names, whatever the blocks', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => 'é漢😀'.repeat(i * 173));
    const content = `text\n${texts.join('x\n')}x\n`;
    const expected = texts.map((text) => ({ text: `${text}x` }));
    const utf16 = Buffer.from(`\ufeff${content}`, 'utf16le');
    expect((await read('a.tsv', utf16, { encoding: 'utf-16' })).rows).toEqual(expected);
    expect((await read('a.tsv', Buffer.from(utf16).swap16(), { encoding: 'utf-16' })).rows).toEqual(expected);
    expect((await read('a.csv', Buffer.from(content, 'utf16le'), { encoding: 'utf-16le' })).rows).toEqual(expected);
    const latin1 = bytes('text\ncaf', [0xe9], ' ', [0x80], '\n');
    expect((await read('a.csv', latin1, { encoding: 'latin1' })).rows).toEqual([{ text: 'café €' }]);
    const cyrillic = bytes('text\n', [0xec, 0xe8, 0xf0], '\n');
    expect((await read('a.txt', cyrillic, { encoding: 'windows-1251' })).rows).toEqual([
      { text: 'text' },
      { text: 'мир' },
    ]);
  });

  it.each([
    ['windows-1253', [0xea, 0xe1, 0xeb, 0xfc], 'καλό'],
    ['iso-8859-7', [0xea, 0xe1, 0xeb, 0xfc], 'καλό'],
    ['windows-1254', [0xfe, 0x61, 0x68, 0xfd], 'şahı'],
    ['iso-8859-9', [0xfe, 0x61, 0x68, 0xfd], 'şahı'],
    ['windows-1255', [0xf9, 0xec, 0xe5, 0xed], 'שלום'],
    ['windows-1256', [0xe3, 0xd1], 'مر'],
    ['windows-1257', [0xfb, 0xe0], 'ūą'],
    ['windows-1258', [0xf0, 0xfd], 'đư'],
    ['windows-874', [0xa1, 0xd2], 'กา'],
    ['macintosh', [0x77, 0x8a, 0x72], 'wär'],
  ] as const)('reads the letters of %s', async (encoding, letters, text) => {
    expect((await read('a.csv', bytes('text\n', [...letters], '\n'), { encoding })).rows).toEqual([{ text }]);
  });

  it('refuses files in another encoding than the config names', async () => {
    const odd = bytes('text\n', [0xff, 0xff, 0xff], '\n');
    expect(await failure('a.tsv', odd, { encoding: 'shift_jis' })).toBe(
      'a.tsv: must be shift_jis as data.encoding says, got other bytes; set data.encoding to what the file is written in',
    );
  });

  it('refuses rows of impossible size before they cost much', async () => {
    const many = (count: number, item: (i: number) => string, between: string) =>
      Array.from({ length: count }, (_, i) => item(i)).join(between);
    const columns = (between: string) => `${many(10_001, (i) => `c${i}`, between)}\n`;
    const tooMany =
      'there may be at most 10000 columns, got 10001; check data.delimiter, or keep the columns that are needed';
    expect(await failure('a.csv', columns(','))).toBe(`a.csv:1: ${tooMany}`);
    expect(await failure('a.tsv', columns('\t'))).toBe(`a.tsv:1: ${tooMany}`);
    const keys = `{${many(100_001, (i) => `"${i}":1`, ',')}}`;
    const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    for (const wrap of [(row: string) => row, (row: string) => `[${row}]`]) {
      expect(await failure('a.json', wrap(keys))).toContain('must be JSON (more than 100000 keys)');
      expect(await failure('a.json', wrap(deep))).toContain('must be JSON (nested deeper than 100 levels)');
    }
    expect(await failure('a.conll', 'a O\n'.repeat(100_001))).toBe(
      'a.conll:1: a sentence must have at most 100000 words, got more; put a blank line between sentences',
    );
  });

  it('refuses files without line ends before they fill the memory', async () => {
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
    expect(skipped[0]).toBe('a.jsonl:2: must be a JSON object, got [1]; write one object a line');
    expect(skipped[1]).toMatch(/^a\.jsonl:3: each line must be JSON \(.+\); write one JSON object a line, or/);
    expect(skipped[2]).toContain('a.jsonl:4: must be a JSON object, got null');
  });
});

describe('a JSON list', () => {
  it('is read object by object, each at its line', async () => {
    const content = '\ufeff\n[\n  {"text": "a ]},", "label": 1},\n  {\n "text": "b",\n "label": {"x": [1]}\n }\n]\n';
    const { rows, lines } = await read('a.json', content);
    expect(rows).toEqual([
      { text: 'a ]},', label: 1 },
      { text: 'b', label: { x: [1] } },
    ]);
    expect(lines).toEqual([3, 4]);
    expect((await read('a.json', '{"a":1}\n{"a":2}\n')).rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect((await read('a.json', '[]')).rows).toEqual([]);
  });

  it('may be larger than a block', async () => {
    const objects = Array.from({ length: 3000 }, (_, i) => ({ i, text: 'é漢😀"]'.repeat(i % 97) }));
    for (const content of [JSON.stringify(objects), JSON.stringify(objects, undefined, 1)]) {
      expect((await read('a.json', content)).rows).toEqual(objects);
    }
  });

  it('skips what is no object, and tells where it is', async () => {
    const content = '[{"a":1},\n 5, null,\n {"a":},\n {"a":2}]';
    const { rows, skipped } = await read('a.json', content, { policy: 'skip' });
    expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(skipped[0]).toBe('a.json:2: must be a JSON object, got 5; write objects with a key for each column');
    expect(skipped.slice(1).map((message) => message.split(' ')[0])).toEqual(['a.json:2:', 'a.json:3:']);
  });

  it.each([
    ['[{"a":1},\n{"a":', 'a.json:1: the list must end with ], got no end; check whether the file is whole'],
    ['[{"a":1}]\n[{"a":2}]', 'a.json:1: there must be one list, got more after its end; remove it'],
    ['[{"a":1}] x', 'a.json:1: there must be one list, got more after its end; remove it'],
  ])('that is cut off, or goes on, is refused: %j', async (content, message) => {
    expect(await failure('a.json', content)).toBe(message);
  });
});

describe('a JSON object in place of rows', () => {
  const rows = [
    { text: 'la', label: 'a' },
    { text: 'bake', label: 'b' },
  ];
  const columns = { text: ['la', 'bake'], label: ['a', 'b'] };
  const numbered = { text: { 0: 'la', 1: 'bake' }, label: { 0: 'a', 1: 'b' } };
  const records = 'to_json("rows.jsonl", orient="records", lines=True)';
  const plain = `pandas.read_json(FILE).${records}`;
  const oneLine = (value: unknown): string => JSON.stringify(value);
  const indented = (value: unknown): string => JSON.stringify(value, undefined, 2);

  it.each<readonly [unknown, string, string]>([
    [{ data: rows }, 'one object with rows in "data"', `keep that list alone: jq '.["data"]'`],
    [{ version: '1.1', examples: rows }, 'one object with rows in "examples"', `jq '.["examples"]'`],
    [numbered, 'one object of columns', plain],
    [{ tokens: [['la'], ['bake']], label: [['O'], ['O']] }, 'one object of columns', plain],
    [{ a: rows[0], b: rows[1] }, 'one object of rows', `pandas.read_json(FILE, orient="index").${records}`],
    [
      { columns: ['text', 'label'], index: [0], data: [['la', 'a']] },
      'one object of columns and data',
      `pandas.read_json(FILE, orient="split").${records}`,
    ],
  ])('is refused with what makes rows of it: %j', async (value, got, cure) => {
    for (const content of [oneLine(value), indented(value)]) {
      const message = await failure('a.json', content, { policy: 'skip' });
      expect(message).toContain(`a.json: must hold one JSON object a line or one list of objects, got ${got}; `);
      expect(message).toContain(cure);
    }
  });

  it('is refused where it has columns of lists or several lines, or goes on beyond the first block', async () => {
    expect(await failure('a.json', indented(columns))).toContain(
      'got one object of lists; write one object a row: pandas',
    );
    const many = Array.from({ length: 30_000 }, (_, i) => ({ text: `la {"[${i}`, label: 'a' }));
    expect(await failure('a.json', `${oneLine({ data: many })}\n`)).toContain('got one object with rows in "data"');
    const pretty = rows.map(indented).join('\n');
    expect(await failure('a.jsonl', pretty)).toContain('got an object over several lines; write each on one: jq -c .');
  });

  it('is a row where it may be one', async () => {
    const turns = [{ role: 'user', content: 'la' }];
    const one = [{ messages: turns, tools: [{ name: 'a' }] }, { tokens: ['la'], label: ['O'] }, columns];
    const own = [{ text: 'la', spans: [{ start: 0 }] }, { text: 'la', about: { a: 1 } }, { messages: turns }, rows[0]];
    for (const row of [...one, ...own]) expect((await read('a.json', oneLine(row))).rows).toEqual([row]);
    const several = [{ data: rows }, { data: rows }];
    expect((await read('a.json', several.map(oneLine).join('\n'))).rows).toEqual(several);
  });

  it('is a bad row where the first line is broken', async () => {
    const content = '{"text":"la",\n{"text":"bake","label":"b"}\n';
    expect((await read('a.jsonl', content, { policy: 'skip' })).rows).toEqual([rows[1]]);
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

  it('gives bytes that are no text as bytes, which are refused where they are read', async () => {
    const bytes = (...list: number[]) => new Uint8Array(list);
    const written = parquetWriteBuffer({
      columnData: [
        {
          name: 'text',
          type: 'BYTE_ARRAY',
          data: [bytes(0x63, 0x61, 0xc3, 0xa9), bytes(0xe9, 0x41), bytes(0xef, 0xbf, 0xbd)],
        },
      ],
    });
    const { rows } = await read('a.parquet', new Uint8Array(written));
    const refused = (text: unknown) => () =>
      textCell({ file: 'a.parquet', line: 2, unit: 'row', cells: { text } }, 'text');
    expect([rows[0]!.text, rows[2]!.text]).toEqual(['caé', '\ufffd']);
    expect(refused(rows[1]!.text)).toThrow(
      'a.parquet: row 2: `text` must be UTF-8 text, got bytes that are none (e9 41); write the column as text',
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

  const numbered = '1\tboth\tO\tX\n2\tmete\tB-ORG\tX\n\n# source\n1\tthey\tO\tX\n';

  it('reads the columns that the config gives by number or by name', async () => {
    const rows = [
      { tokens: ['both', 'mete'], label: ['O', 'B-ORG'] },
      { tokens: ['they'], label: ['O'] },
    ];
    expect((await read('a.conll', numbered, { tokens: '2', label: '3' })).rows).toEqual(rows);
    const named = { columns: ['n', 'word', 'outer', 'inner'], tokens: 'word', label: 'outer' };
    expect((await read('a.conll', numbered, named)).rows).toEqual(rows);
    // Names of another format's columns.
    expect((await read('a.conll', 'a\tO\n', { tokens: 'words', label: 'ner_tags' })).rows).toEqual([
      { tokens: ['a'], label: ['O'] },
    ]);
    expect(await failure('a.conll', numbered, { tokens: '2', label: '7', wanted: ['label'] })).toBe(
      'a.conll:1: there must be a column 7, got 4 columns; set data.label to one of them',
    );
    expect((await read('a.conll', 'a X O\nb Y O\n', { label: '2' })).rows).toEqual([
      { tokens: ['a', 'b'], label: ['X', 'Y'] },
    ]);
  });

  it('refuses words that only count up', async () => {
    expect(await failure('a.conll', numbered)).toBe(
      'a.conll:1: the first column must be the word, got one that counts 1, 2, 3; ' +
        'give the columns by number: data.tokens: 2 and data.label: 4, or data.tokens: 1 if numbers are the words',
    );
    expect((await read('a.conll', '1\tX\n2\tX\n', { tokens: '1' })).rows).toEqual([
      { tokens: ['1', '2'], label: ['X', 'X'] },
    ]);
    // Numbers among words are words.
    expect((await read('a.conll', '1\tX\n2\tX\n\nfilms\tY\n')).rows).toHaveLength(2);
  });

  it('reads CoNLL-U: its comments, its words of several tokens and its empty nodes', async () => {
    const line = (...fields: string[]) => [...fields, ...Array<string>(10 - fields.length).fill('_')].join('\t');
    const content = [
      '# sent_id = 1',
      '# text = del mar',
      line('1-2', 'del'),
      line('1', 'de', 'de', 'ADP', 'E'),
      line('2', 'el', 'el', 'DET', 'RD'),
      line('2.1', 'x', 'x', 'VERB', 'V'),
      line('3', '#', '#', 'SYM', 'S'),
      '',
    ].join('\n');
    const tokens = ['de', 'el', '#'];
    for (const name of ['a.conllu', 'a.conll']) {
      expect((await read(name, content)).rows).toEqual([{ tokens, label: ['ADP', 'DET', 'SYM'] }]);
    }
    const lemmas = { tokens: 'LEMMA', label: 'XPOS' };
    expect((await read('a.conllu', content, lemmas)).rows).toEqual([{ tokens, label: ['E', 'RD', 'S'] }]);
    expect(await failure('a.conllu', content, { label: 'TAG' })).toBe(
      'a.conllu:3: there must be a column TAG, got ID, FORM, LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS, MISC; set data.label to one of them',
    );
  });

  it('passes over comments before sentences whose words come first', async () => {
    const content = '# id 4c5b domain=train\nthe _ _ O\n# _ _ B-X\n\n# id 5d6e domain=train\nfilm _ _ O\n';
    expect((await read('a.conll', content)).rows).toEqual([
      { tokens: ['the', '#'], label: ['O', 'B-X'] },
      { tokens: ['film'], label: ['O'] },
    ]);
    const hashtags = '# text = a b\n#newdoc id = c\n#text NNP _ B-X\n#text-to-speech VB _ O\n\n#id x\nok UH _ O\n';
    expect((await read('a.conll', hashtags)).rows).toEqual([
      { tokens: ['#text', '#text-to-speech'], label: ['B-X', 'O'] },
      { tokens: ['ok'], label: ['O'] },
    ]);
    expect((await read('a.conll', '# a comment\nthe\tO\n#tag\tB-X\n')).rows).toEqual([
      { tokens: ['the', '#tag'], label: ['O', 'B-X'] },
    ]);
  });

  it('skips the sentence of a bad line, no more', async () => {
    const content = 'a\tO\n\nb\tO\nc\n\nd\t\ne\tO\n\n\tO\n\nf\tO\nbad\tO\tO\n\ng\tO\n';
    const { rows, skipped } = await read('a.conll', content, { policy: 'skip' });
    expect(rows.map(({ tokens }) => tokens)).toEqual([['a'], ['g']]);
    expect(skipped).toEqual([
      'a.conll:4: must have 2 columns as the first line has, got 1; separate the columns with one tab',
      'a.conll:6: the tag must not be empty; write the tag, O for none',
      'a.conll:9: the word must not be empty; write the word, or a blank line',
      'a.conll:12: must have 2 columns as the first line has, got 3; separate the columns with one tab',
    ]);
  });
});

describe('text', () => {
  it('reads one text a line', async () => {
    const { rows, lines } = await read('a.txt', 'one\n\n two \r\nthree');
    expect(rows).toEqual([{ text: 'one' }, { text: ' two ' }, { text: 'three' }]);
    expect(lines).toEqual([1, 3, 4]);
  });

  it('has no other column', async () => {
    expect(await failure('a.txt', 'EU B-ORG\n', { wanted: ['tokens', 'label'] })).toBe(
      'a.txt: plain text has one text a line and no column `tokens`; set data.format (tsv, csv, conll …) if the file has columns',
    );
  });
});
