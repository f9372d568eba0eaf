import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { guessColumns, listColumns, sampleRows } from '../../../extension/data/rows/columns.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import type { Row } from '../../../extension/tasks/rows/row.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

function fileOf(name: string, content: string | Uint8Array): string {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, content);
  return file;
}

describe('listColumns', () => {
  it('ends where rows of JSON have ever more keys', async () => {
    const row = (i: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 900 }, (_, k) => [`${i}-${k}`, 1])));
    const names = await listColumns({
      file: fileOf('a.jsonl', Array.from({ length: 20 }, (_, i) => row(i)).join('\n')),
    });
    expect(names).toHaveLength(10_800);
  });

  it.each([
    ['a.tsv', 'label\ttext\n1\ta\n', ['label', 'text']],
    ['header-only.tsv', 'label\ttext\n', ['label', 'text']],
    ['a.csv', '"a, b",text\n', ['a, b', 'text']],
    ['a.jsonl', '{"a":1}\n{"b":2,"a":1}\n', ['a', 'b']],
    ['a.conll', 'a\tO\n', ['tokens', 'label']],
    ['a.txt', 'a\n', ['text']],
    ['empty.tsv', '', []],
  ])('of %s', async (name, content, columns) => {
    expect(await listColumns({ file: fileOf(name, content) })).toEqual(columns);
  });

  it('lists columns of Parquet, nested ones by their top', async () => {
    const data = parquetWriteBuffer({
      columnData: [
        { name: 'text', data: ['a'] },
        { name: 'tokens', data: [['a', 'b']] },
        { name: 'label', data: [1] },
      ],
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'tokens', converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'label', type: 'INT32', repetition_type: 'REQUIRED' },
      ],
    });
    const file = fileOf('a.parquet', new Uint8Array(data));
    expect(await listColumns({ file })).toEqual(['text', 'tokens', 'label']);
    expect((await sampleRows({ file }, 5)).map(({ cells }) => cells)).toEqual([
      { text: 'a', tokens: ['a', 'b'], label: 1 },
    ]);
  });
});

describe('sampleRows', () => {
  it('stops early and passes over bad rows', async () => {
    const file = fileOf('a.tsv', 'i\ttext\n1\ta\nbad\n2\tb\n3\tc\n');
    expect((await sampleRows({ file }, 2)).map(({ line }) => line)).toEqual([2, 4]);
    expect(await sampleRows({ file }, 0)).toEqual([]);
  });
});

describe('guessColumns', () => {
  const rowsOf = (...cells: Record<string, unknown>[]): Row[] =>
    cells.map((cell, i) => ({ file: 'a', line: i + 1, cells: cell }));

  it('goes by well-known names', () => {
    expect(guessColumns(['label', 'content'], [], findTask('classification'))).toEqual({
      text: 'content',
      label: 'label',
    });
    expect(guessColumns(['idx', 'Sentence1', 'sentence2', 'score'], [], findTask('regression'))).toEqual({
      text: 'Sentence1',
      textPair: 'sentence2',
      label: 'score',
    });
    expect(guessColumns(['id', 'tokens', 'ner_tags'], [], findTask('token-classification'))).toEqual({
      tokens: 'tokens',
      label: 'ner_tags',
    });
  });

  it('goes by content where names say nothing', () => {
    const rows = rowsOf(
      { a: '1', b: 'x', c: 'a long text about something' },
      { a: '2', b: 'y', c: 'another long text' },
      { a: '3', b: 'x', c: 'a third one' },
    );
    expect(guessColumns(['a', 'b', 'c'], rows, findTask('classification'))).toEqual({ text: 'c', label: 'b' });
    expect(guessColumns(['a', 'b', 'c'], rows, findTask('masked-lm'))).toEqual({ text: 'c' });
    const lists = rowsOf({ n: 1, one: ['a'], two: ['O'] });
    expect(guessColumns(['n', 'one', 'two'], lists, findTask('token-classification'))).toEqual({
      tokens: 'one',
      label: 'two',
    });
  });

  it('guesses nothing from nothing', () => {
    expect(guessColumns([], [], findTask('classification'))).toEqual({});
  });
});
