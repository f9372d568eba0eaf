import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadRows } from '../../../extension/data/formats/bytes/badRows.ts';
import { readRows } from '../../../extension/data/formats/read.ts';
import type { DataSource } from '../../../extension/data/formats/readers/source.ts';
import { IndexedRows } from '../../../extension/data/rows/indexedRows.ts';
import { openRowIndex, packRecord, unpackRecord } from '../../../extension/data/rows/rowIndex.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import type { Columns, Row } from '../../../extension/tasks/rows/row.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

interface Case extends Omit<DataSource, 'file' | 'columns'> {
  readonly content: string | Uint8Array;
  /** Those of the file, where it has no header. */
  readonly names?: readonly string[];
  readonly task?: 'token-classification' | 'masked-lm' | 'regression';
  readonly columns?: Columns;
}

const textAndLabel = { text: 'text', label: 'label' };

/** Everything that is a row once, and much that is none. */
const cases: Readonly<Record<string, Case>> = {
  tsv: { format: 'tsv', content: 'text\tlabel\nla dina\t1\n\n \t \nba"ke\t0\ndïna é\t1' },
  'tsv with CRLF and a byte order mark': { format: 'tsv', content: '\ufefftext\tlabel\r\nla\t1\r\n\r\nbake\tno\r\n' },
  'tsv between bars': { format: 'tsv', delimiter: '|', content: 'label|text\n1|la\n0|bake\n' },
  'tsv between signs of two bytes': { format: 'tsv', delimiter: '§', content: 'label§text\n1§la\n0§bake\n' },
  csv: {
    format: 'csv',
    content: 'label,text\n1,la dina\n0,"two\nlines, and ""quotes"""\n\n1,a "stray" one\r\n"0","plain"\n1,last',
  },
  'csv with quoted labels': {
    format: 'csv',
    content: 'text,label\n"la ""x""","say ""yes"""\n" la ","no"\n",",no\n',
  },
  'csv with a CR inside fields': {
    format: 'csv',
    content: 'text,label\n"a\rb\n\rc",1\nla\rbake,0\r\nlemo,1\n',
  },
  'csv of one column': {
    format: 'csv',
    task: 'masked-lm',
    columns: { text: 'text' },
    content: 'text\nla\n"dina, bake"\n',
  },
  'jsonl with CRLF': { format: 'jsonl', content: '{"text":"la","label":1}\r\n{"text":"bake","label":2}\r\n' },
  'conll with tabs between sentences': {
    format: 'conll',
    task: 'token-classification',
    columns: { tokens: 'tokens', label: 'label' },
    content: 'la\tB-P \n-dina\tO\n\t\nébake\tO\r\nla\tI-P\n \t \n“\tO\n',
  },
  'conll between spaces': {
    format: 'conll',
    task: 'token-classification',
    columns: { tokens: 'tokens', label: 'label' },
    content: 'la  X B-P\ndina X O\n\nbake X O\n',
  },
  jsonl: { format: 'jsonl', content: '{"text":"la","label":1}\n\n{"label":"0","text":"two\\nlines"}\n' },
  conll: {
    format: 'conll',
    task: 'token-classification',
    columns: { tokens: 'tokens', label: 'label' },
    content: '-DOCSTART- O\n\nla\tX\tB-P\ndina\tX\tO\n\n\t\n\nbake\tX\tO\n-DOCSTART-\nla\tX\tO',
  },
  'tsv without a header': {
    format: 'tsv',
    names: ['label', 'source', 'text...'],
    content: '1\tx\tla dina\n\n0\ty\tba"ke\tla\n',
  },
  'csv without a header, with more fields': {
    format: 'csv',
    names: ['label', 'text', '...'],
    content: '1,"la, dina"\n0,bake,x,y\n',
  },
  'csv with columns that have no name': { format: 'csv', content: 'label,text,,\n1,la,,\n0,"bake",x,\n' },
  'csv in Latin-1': {
    format: 'csv',
    encoding: 'latin1',
    content: Buffer.from('text,label\ncafé,1\n"thé\nvert",à\n', 'latin1'),
  },
  'tsv in UTF-16': {
    format: 'tsv',
    encoding: 'utf-16',
    content: Buffer.from('\ufefftext\tlabel\r\nlα 漢😀\t1\r\nbake\tno\r\n', 'utf16le'),
  },
  'json list': {
    format: 'jsonl',
    content:
      ' \n[\n {"text": "la ]}, \\"[{", "label": 1},\n\n {"label": "0", "text": "bake", "more": [{"a": "]"}]},' +
      '{"label":9007199254740993,"text":"é"}\n]\n',
  },
  'json list on one line': { format: 'jsonl', content: '[{"text":"la","label":1},{"text":"bake","label":2}]' },
  conllu: {
    format: 'conll',
    task: 'token-classification',
    columns: { tokens: 'tokens', label: 'label' },
    content: [
      '# sent_id = 1',
      '1-2\tdel\t_\t_\t_\t_\t_\t_\t_\t_',
      '1\tde\tde\tADP\t_\t_\t3\tcase\t_\t_',
      '2\tel\tel\tDET\t_\t_\t3\tdet\t_\t_',
      '2.1\tx\tx\tVERB\t_\t_\t_\t_\t_\t_',
      '',
      '# text = a',
      '1\ta\ta\tNOUN\t_\t_\t0\troot\t_\t_\n',
    ].join('\n'),
  },
  'conll with numbered words': {
    format: 'conll',
    task: 'token-classification',
    columns: { tokens: 'tokens', label: 'label' },
    tokens: '2',
    label: '3',
    content: '#\tsource\n1\tboth\tO\tO\n2\tfilms\tB-X\tO\n\n#\tsource\n1\tthey\tO\tO\n',
  },
  text: { format: 'text', task: 'masked-lm', columns: { text: 'text' }, content: 'la dina\n \nbake\n' },
};

function fileWith(folder: string, content: string | Uint8Array): string {
  const file = path.join(folder, 'rows.data');
  writeFileSync(file, content);
  return file;
}

const request = (
  file: string,
  {
    task = undefined,
    columns = textAndLabel,
    names,
    format,
    delimiter,
    encoding,
    tokens,
    label,
  }: Omit<Case, 'content'>,
  onBadRow: 'error' | 'skip' = 'error',
  limit: number | null = null,
) => ({
  source: { file, format, delimiter: delimiter ?? null, columns: names ?? null, encoding, tokens, label },
  columns,
  task: task ?? 'classification',
  labelsOf: findTask(task ?? 'classification').rowLabels,
  onBadRow,
  skip: 0,
  limit,
});

/** Rows as the index has them; their lines are not stored. */
function indexedCells(source: DataSource, index: Awaited<ReturnType<typeof openRowIndex>>): unknown[] {
  const seen: unknown[] = [];
  const rows = new IndexedRows(source, index, (row) => {
    seen.push(row.cells);
    return { inputIds: [], tokenTypeIds: [], target: [] };
  });
  for (let i = 0; i < rows.size; i++) rows.example(i);
  rows.close();
  return seen;
}

describe('an index of rows', () => {
  it.each(Object.entries(cases))('finds in %s what reading the whole file finds', async (_, given) => {
    const folder = temporaryFolder();
    const asked = request(fileWith(folder, given.content), given);
    const index = await openRowIndex(asked, path.join(folder, 'cache'), () => {});
    const whole: Row[] = [];
    for await (const row of readRows(asked.source, [], new BadRows('error'))) whole.push(row);
    expect(whole.length).toBeGreaterThan(1);
    expect(indexedCells(asked.source, index)).toEqual(whole.map(({ cells }) => cells));
    const labels = whole.flatMap((row) => asked.labelsOf(row, asked.columns));
    expect([...index.labels].sort()).toEqual([...new Set(labels)].sort());
  });

  it('leaves out rows before and after those that are asked for', async () => {
    const folder = temporaryFolder();
    const given = { format: 'tsv', names: ['text', 'label'] } as const;
    const asked = { ...request(fileWith(folder, 'a\t0\nb\t1\nc\t2\nd\t3\n'), given), skip: 1, limit: 2 };
    const index = await openRowIndex(asked, path.join(folder, 'cache'), () => {});
    expect(indexedCells(asked.source, index)).toEqual([
      { text: 'b', label: '1' },
      { text: 'c', label: '2' },
    ]);
    expect(index.labels).toEqual(['1', '2']);
  });

  it('hashes a file as it is, and keeps its text as UTF-8 beside the index', async () => {
    const folder = temporaryFolder();
    const file = fileWith(folder, cases['csv in Latin-1']!.content);
    const asked = request(file, cases['csv in Latin-1']!);
    const open = () => openRowIndex(asked, path.join(folder, 'cache'), () => {});
    const first = await open();
    expect(first.sha256).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(readFileSync(first.textFile, 'utf8')).toBe('text,label\ncafé,1\n"thé\nvert",à\n');
    rmSync(first.textFile);
    expect(await open()).toEqual(first);
    expect(indexedCells(asked.source, first)).toHaveLength(2);
  });

  it('is made once, and again when the file has changed', async () => {
    const folder = temporaryFolder();
    const asked = request(fileWith(folder, cases.tsv!.content), cases.tsv!);
    let passes = 0;
    const open = () =>
      openRowIndex(asked, path.join(folder, 'cache'), (done, total) => (passes += Number(done === total)));
    const first = await open();
    expect(await open()).toEqual(first);
    expect(passes).toBe(1);
    appendFileSync(asked.source.file, '\nnew\t2\n');
    utimesSync(asked.source.file, 1, 1);
    const second = await open();
    expect(passes).toBe(2);
    expect(second.rows).toBe(first.rows + 1);
    expect(second.sha256).not.toBe(first.sha256);
    for (const name of readdirSync(path.join(folder, 'cache'))) {
      if (name.endsWith('.rows')) rmSync(path.join(folder, 'cache', name));
    }
    expect(await open()).toEqual(second);
    expect(readdirSync(path.join(folder, 'cache'))).toHaveLength(2);
  });

  it.each<readonly [string, Omit<Case, 'content'>, string]>([
    [
      'text\tlabel\nla\t1\n \t1\n',
      cases.tsv!,
      ':3: `text` must not be empty; fill it in, or set data.on_bad_row: skip',
    ],
    ['text\tlabel\nla\t1\nla\n', cases.tsv!, ':3: must have 2 fields as the header has, got 1; add or remove fields'],
    ['text\tlabel\nla\t1\nla\t\n', cases.tsv!, ':3: the label `label` must not be empty; fill it in'],
    ['words\tlabel\nla\t1\n', cases.tsv!, ':1: there must be a column `text`, got `words`, `label`; name one of these'],
    [
      'text\tlabel\nla\t1\nla\thigh\n',
      { ...cases.tsv!, task: 'regression' },
      ':3: `label` must be a number, got "high"',
    ],
    [
      'text,label\n"two\nlines",1\nla,1,2\n',
      cases.csv!,
      ':4: must have 2 fields as the header has, got 3; add or remove',
    ],
    [
      'text,label\nla,1\n"open,1\n',
      cases.csv!,
      ':3: every quote must be closed, got one that is still open at the end',
    ],
    [
      '{"text":"la","label":1}\n{"text":"la"}\n',
      cases.jsonl!,
      ':2: the column `label` is missing (found: text); add it',
    ],
    ['{"text":"la","label":1}{"text":"la","label":1}\n\n', cases.jsonl!, ':1: each line must be JSON'],
    ['la\tO\n\ndina\tO\n \tO\n', cases.conll!, ':4: the word must not be empty'],
    ['la\tO\n\ndina\tO\nbake\t \n', cases.conll!, ':4: the tag must not be empty'],
    ['{"text":"la","label":1}\n{"text"\n', cases.jsonl!, ':2: each line must be JSON'],
    [
      'la\tO\n\ndina\tO\nbake\n',
      cases.conll!,
      ':4: must have 2 columns as the first line has, got 1; separate the columns',
    ],
  ])(
    'names file, line and cure of the first bad row and leaves nothing behind: %j',
    async (content, given, message) => {
      const folder = temporaryFolder();
      const asked = request(fileWith(folder, content), given);
      const opening = openRowIndex(asked, path.join(folder, 'cache'), () => {});
      await expect(opening).rejects.toThrow(`${asked.source.file}${message}`);
      expect(readdirSync(path.join(folder, 'cache'))).toEqual([]);
    },
  );

  it('names the folder for caches, and what to do, where that takes nothing', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'data.tsv');
    writeFileSync(file, 'text\tlabel\nla\t1\n');
    const cache = path.join(folder, 'data.tsv', 'rows');
    await expect(openRowIndex(request(file, cases.tsv!), cache, () => {})).rejects.toThrow(
      `${cache}: the folder for caches cannot be written (ENOTDIR); set PEFT_LAB_CACHE to another folder, or raise data.in_memory_mb`,
    );
  });

  it('says so when the file is not there, is not text, or its bytes are not UTF-8', async () => {
    const folder = temporaryFolder();
    const asked = request(path.join(folder, 'none.tsv'), cases.tsv!);
    await expect(openRowIndex(asked, folder, () => {})).rejects.toThrow(
      'none.tsv: the file does not exist; check the path',
    );
    const open = async (bytes: Buffer) => {
      writeFileSync(path.join(folder, 'bytes.tsv'), bytes);
      return await openRowIndex(request(path.join(folder, 'bytes.tsv'), cases.tsv!, 'skip'), folder, () => {});
    };
    const broken = Buffer.concat([
      Buffer.from('text\tlabel\nla\t1\nl'),
      Buffer.from([0xff]),
      Buffer.from('\t1\nla\t0\n'),
    ]);
    const { rows, skipped } = await open(broken);
    expect(rows).toBe(2);
    expect(skipped.examples.map(({ message }) => path.basename(message))).toEqual([
      'bytes.tsv:3: must be UTF-8, got other bytes; save the file as UTF-8, or set data.encoding to what it is written in (windows-1252 for Western Europe, -1250 Central Europe, -1251 Cyrillic, -1253 Greek, -1254 Turkish, …)',
    ]);
    const lines = ['a","label":"1', '\xff","label":"2', 'b","label":"3', 'c","label":"3'].map((x) => `{"text":"${x}"}`);
    writeFileSync(path.join(folder, 'bytes.jsonl'), lines.join('\n'), 'latin1');
    const jsonl = await openRowIndex(request(path.join(folder, 'bytes.jsonl'), cases.jsonl!, 'skip'), folder, () => {});
    expect([jsonl.rows, jsonl.labels]).toEqual([3, ['1', '3']]);
    await expect(open(Buffer.from('\ufefftext\tlabel\n', 'utf16le'))).rejects.toThrow('must be UTF-8, got UTF-16');
  });

  it('skips bad rows where it may, counts them, and remembers them', async () => {
    const folder = temporaryFolder();
    const asked = request(fileWith(folder, 'text\tlabel\nla\t1\nla\n\t1\nbake\t0\n'), cases.tsv!, 'skip');
    for (let attempt = 0; attempt < 2; attempt++) {
      const index = await openRowIndex(asked, path.join(folder, 'cache'), () => {});
      expect(index.rows).toBe(2);
      expect(index.skipped.count).toBe(2);
      expect(index.skipped.examples.map(({ place }) => place.line)).toEqual([3, 4]);
    }
  });

  it('stops at its limit and still hashes the whole file', async () => {
    const folder = temporaryFolder();
    const file = fileWith(folder, cases.tsv!.content);
    const [some, all] = await Promise.all(
      [2, null].map((limit) =>
        openRowIndex(request(file, cases.tsv!, 'error', limit), path.join(folder, 'cache'), () => {}),
      ),
    );
    expect([some!.rows, all!.rows]).toEqual([2, 3]);
    expect(some!.sha256).toBe(all!.sha256);
  });

  it('names the line of a row that cannot be encoded after all', async () => {
    const folder = temporaryFolder();
    const asked = request(fileWith(folder, cases.csv!.content), cases.csv!);
    const index = await openRowIndex(asked, path.join(folder, 'cache'), () => {});
    const task = findTask('classification');
    const context = { labels: ['1'], maxLength: 8 };
    const tokenizer = { encode: () => ({ inputIds: [], tokenTypeIds: [] }) };
    const rows = new IndexedRows(asked.source, index, (row) =>
      task.encode(row, asked.columns, tokenizer as never, context),
    );
    expect(rows.example(2).target).toEqual([0]);
    expect(() => rows.example(3)).toThrow(
      /rows\.data:7: the label must be one of those in the training file \(1\), got "0"/,
    );
    writeFileSync(asked.source.file, 'label');
    expect(() => rows.example(4)).toThrow('put the old file back and resume');
    rows.close();
  });

  it('reads files that are longer than its blocks, with rows across their ends', async () => {
    const folder = temporaryFolder();
    const long = 'é'.repeat(70_000);
    const lines = Array.from({ length: 40 }, (_, i) => `${i} ${long}\t${i % 2}\n`);
    const asked = request(fileWith(folder, `text\tlabel\n${lines.join('')}`), cases.tsv!);
    expect(statSync(asked.source.file).size).toBeGreaterThan(5e6);
    const index = await openRowIndex(asked, path.join(folder, 'cache'), () => {});
    expect(indexedCells(asked.source, index)).toEqual(
      lines.map((_, i) => ({ text: `${i} ${long}`, label: String(i % 2) })),
    );
  });

  it('packs places beyond 4 GiB', () => {
    const places = new Uint32Array(4);
    const offset = 700 * 2 ** 30 + 12_345;
    packRecord(places, 1, offset, 2 ** 24 - 1);
    expect(unpackRecord(places[2]!, places[3]!)).toEqual({ offset, bytes: 2 ** 24 - 1 });
  });
});
