import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../extension/config/checks/check.ts';
import { checkAgainstWorld } from '../../extension/config/checks/checkWorld.ts';
import { findLabels } from '../../extension/data/rows/splits.ts';
import { worldOf } from '../../extension/data/world.ts';
import { fixed } from '../config/support.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

interface Given {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly data?: string;
  readonly task?: string;
}

/** What checking says of a config's training file, and what reading it for training does. */
async function met({ name, content, data = '', task = 'classification' }: Given) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, name), content);
  const text = `model: org/never-downloaded\ntask: ${task}\ndata: {train: ${name}, validation_split: 0.1${data}}\nmethods: [ln-tuning]\n`;
  const checked = checkConfig(text);
  const world = await checkAgainstWorld(checked, worldOf(folder));
  const said = [...checked.diagnostics, ...world.diagnostics].filter(({ code }) => code !== 'model-not-here');
  const training = await findLabels(checked.config!, folder, () => {}).then(
    (labels) => labels.join(' '),
    (error: Error) => error.message.replace(`${folder}${path.sep}`, ''),
  );
  const cured = await Promise.all(
    Object.entries(fixed(text, world.diagnostics)).map(async ([title, after]) => {
      const left = await checkAgainstWorld(checkConfig(after), worldOf(folder));
      return [title, left.diagnostics.filter(({ severity }) => severity === 'error').length] as const;
    }),
  );
  return { said: said.map(({ severity, message }) => `${severity}: ${message}`), training, cured };
}

const csv = (text: string) => ({ name: 'a.csv', content: text });

describe('a check says of a file what training will meet', () => {
  it.each<readonly [string, Given]>([
    ['Latin-1', { name: 'a.csv', content: Buffer.from('text,label\ncafé,1\nthé,0\n', 'latin1') }],
    ['UTF-16', { name: 'a.csv', content: Buffer.from('\ufefftext,label\nla,1\n', 'utf16le') }],
    ['UTF-16 without its mark', { name: 'a.csv', content: Buffer.from('text,label\nla,1\n', 'utf16le') }],
    ['a gzip file', { name: 'a.csv', content: gzipSync('text,label\nla,1\n') }],
    ['a workbook', { name: 'a.csv', content: 'PK\u0003\u0004\u0000\u0000' }],
    ['a pointer of Git LFS', { name: 'a.jsonl', content: 'version https://git-lfs.github.com/spec/v1\nsize 3\n' }],
    ['lines that end in CR', csv('text,label\rla,1\rdina,0\r')],
    ['a header beside columns', { ...csv('Text,label\nla,1\nbake,0\n'), data: ', columns: [text, label, ...]' }],
    [
      'an empty tag',
      {
        name: 'a.jsonl',
        content: '{"tokens":["la","dina"],"label":["O",""]}\n',
        task: 'token-classification',
      },
    ],
    [
      'words counted through the file',
      { name: 'a.conll', content: '0 la O\n1 dina B-X\n\n2 bake O\n', task: 'token-classification' },
    ],
    ['a NUL byte', csv('text,label\nla,1\nd\0ina,0\n')],
    ['one column twice', csv('text,label,label\nla,1,1\n')],
    ['a ragged row', csv('text,label\nla,1\nla, dina,0\n')],
    ['an open quote', csv('text,label\nla,1\n"dina,0\n')],
    ['an empty label', csv('text,label\nla,1\ndina,\n')],
    ['a nested label', { name: 'a.jsonl', content: '{"text":"la","label":{"a":1}}\n' }],
    ['several labels a row', { name: 'a.jsonl', content: '{"text":"la","label":[1,0]}\n' }],
    ['a label that is null', { name: 'a.jsonl', content: '{"text":"la","label":1}\n{"text":"la","label":null}\n' }],
    ['a row without its label', { name: 'a.jsonl', content: '{"text":"la","label":1}\n{"text":"la"}\n' }],
    ['no JSON', { name: 'a.jsonl', content: 'text,label\nla,1\n' }],
    ['half a list', { name: 'a.json', content: '[{"text":"la","label":1},\n{"text":"bake","label"' }],
    ['columns in one object', { name: 'a.json', content: '{"text":["la","bake"],"label":["a","b"]}' }],
    ['rows under a key', { name: 'a.json', content: '{"data":[{"text":"la","label":"a"}]}' }],
    ['a web page', { name: 'a.parquet', content: '<!DOCTYPE html>\n<html><head></head></html>\n' }],
    ['a web page of no format', csv('<!DOCTYPE html>\n<html>\n')],
    ['no Parquet', { name: 'a.parquet', content: 'text,label\nla,1\n' }],
    [
      'a NaN among numbers',
      {
        name: 'a.parquet',
        content: new Uint8Array(
          parquetWriteBuffer({
            columnData: [
              { name: 'text', data: ['la', 'dina'] },
              { name: 'label', data: [1, Number.NaN], type: 'DOUBLE' },
            ],
          }),
        ),
      },
    ],
    ['numbered words', { name: 'a.conll', content: '1\tla\tO\n2\tdina\tB-X\n', task: 'token-classification' }],
    [
      'a column that is not there',
      { name: 'a.conll', content: 'la\tO\n', task: 'token-classification', data: ', label: 3' },
    ],
    [
      'half a list of tags',
      { name: 'a.tsv', content: "tokens\tlabel\nla\t['O', None]\n", task: 'token-classification' },
    ],
  ])('%s', async (_, given) => {
    const { said, training } = await met(given);
    expect(said).toEqual([`error: ${training}`]);
    expect(training).toMatch(/^a\.\w+(:\d+|: row \d+)?: .+; .+/);
  });

  it.each<readonly [string, Given, string]>([
    ['semicolons', csv('text;label\nla;1\n'), 'if ";" separates the fields, set data.delimiter'],
    [
      'no header',
      csv('la dina,1\nbake,0\n'),
      'if the first line is a row, name all 2 columns: data.columns: [first, second]',
    ],
  ])('%s, with the cure of the reader', async (_, given, cure) => {
    const { said, training } = await met(given);
    expect(said.every((message) => message.endsWith(cure))).toBe(true);
    expect(training).toContain(cure);
  });

  it.each<readonly [string, Given, string]>([
    [
      'UTF-16',
      { name: 'a.csv', content: Buffer.from('\ufefftext,label\nla,1\nda,0\n', 'utf16le') },
      'Read the file as utf-16',
    ],
    ['semicolons', csv('text;label\nla;1\nda;0\n'), 'Split the fields at ";"'],
    ['no header', csv('la dina,1\nbake,0\n'), 'Name the columns [text, label]'],
    ['no header, the label first', csv('1,la dina,x\n0,bake,y\n'), 'Name the columns [column1, text, label]'],
    ['no header, one text twice', csv('1,la,la\n0,bake,y\n'), 'Name the columns [column1, text, label]'],
  ])('%s, with a fix that writes the cure', async (_, given, title) => {
    const { cured } = await met(given);
    expect(cured).toContainEqual([title, 0]);
  });

  it.each<readonly [string, Given, string]>([
    ['a header of gaps', csv('label,text,,,\n1,la,,,\n0,dina,,,\n'), '0 1'],
    ['no header', { ...csv('la dina,1\nbake,0\n'), data: ', columns: [text, label]' }, '0 1'],
    ['more fields than names', { ...csv('la,1,x\nbake,0,y,z\n'), data: ', columns: [text, label, ...]' }, '0 1'],
    [
      'Latin-1',
      { name: 'a.csv', content: Buffer.from('text,label\nla,é\nla,à\n', 'latin1'), data: ', encoding: latin1' },
      'à é',
    ],
    ['a list', { name: 'a.json', content: '[{"text":"la","label":1},{"text":"bake","label":2}]' }, '1 2'],
    [
      'integers beyond 2^53',
      { name: 'a.jsonl', content: '{"text":"la","label":9007199254740992}\n{"text":"la","label":9007199254740993}\n' },
      '9007199254740992 9007199254740993',
    ],
    [
      'lists as text',
      { ...csv(`tokens,label\n"['la', 'dina']","['O', 'B-X']"\n`), task: 'token-classification' },
      'B-X O',
    ],
    [
      'numbered words',
      {
        name: 'a.conll',
        content: '# x\n1\tla\tO\tO\n2\tdina\tB-X\tO\n',
        task: 'token-classification',
        data: ', tokens: 2, label: 3',
      },
      'B-X O',
    ],
  ])('nothing where it is read: %s', async (_, given, labels) => {
    expect(await met(given)).toMatchObject({ said: [], training: labels });
  });

  it('warns that UTF-8 is read as something else', async () => {
    const given = { name: 'a.csv', content: 'text,label\nla,é\nla,à\n', data: ', encoding: latin1' };
    expect((await met(given)).said).toEqual([
      'warning: a.csv is UTF-8, but is read as latin1, which garbles letters beyond ASCII; leave encoding out',
    ]);
  });

  it('warns that every word is a number', async () => {
    const content = '7 1 O\n9 2 B-X\n\n7 4 O\n';
    const given = { name: 'a.conll', content, task: 'token-classification', data: ', tokens: 1, label: 3' };
    expect((await met(given)).said).toEqual([
      'warning: every word of a.conll is a number; name the column with the words, got "1"',
    ]);
  });

  it('what is skipped, with its share', async () => {
    const { said, training } = await met({ ...csv('text,label\nla,1\nla\nbake,0\nla,\n'), data: ', on_bad_row: skip' });
    expect(said).toEqual([
      'warning: a.csv: 2 of 4 rows are bad and skipped (50 %), first a.csv:3: must have 2 fields as the header has, got 1; ' +
        'add or remove fields, or quote the field that holds the delimiter',
    ]);
    expect(training).toBe('0 1');
  });

  it('asks for numbers, or for another task where no label is one', async () => {
    const said = async (labels: readonly string[], data = '') =>
      (
        await met({
          ...csv(`text,label\n${labels.map((label) => `la,${label}\n`).join('')}`),
          task: 'regression',
          data,
        })
      ).said;
    const rule = 'a.csv:3: `label` must be a number, got';
    expect(await said(['good', 'bad'])).toEqual([
      'error: must be numbers for regression, got "good" in a.csv; use task: classification',
    ]);
    expect(await said(['1.5', 'N/A', '2'])).toEqual([
      `error: ${rule} "N/A"; write it like 3.5 or -1e-3, or set data.on_bad_row: skip`,
    ]);
    expect(await said(['1.5', '"4,2"', '2'])).toEqual([
      `error: ${rule} "4,2"; write a point for the decimal comma, or set data.on_bad_row: skip`,
    ]);
    expect(await said(['1.5', '1e39'])).toEqual([
      'error: a.csv:3: `label` must be within ±3.4e38, got "1e39"; write it in a larger unit, or set data.on_bad_row: skip',
    ]);
    expect(await said(['1.5', 'N/A', '2'], ', on_bad_row: skip')).toEqual([
      `warning: a.csv: 1 of 3 rows are bad and skipped (33 %), first ${rule} "N/A"; write it like 3.5 or -1e-3`,
    ]);
  });

  it('the row whose label is no number in each split, before a run starts', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'a.csv'), 'text,label\nla,1\nda,2\n');
    writeFileSync(path.join(folder, 'b.csv'), 'text,label\nla,N/A\nda,2\n');
    writeFileSync(path.join(folder, 'c.csv'), 'text,label\nla,good\n');
    const text =
      'model: org/never-downloaded\ntask: regression\ndata: {train: a.csv, validation: b.csv, test: c.csv}\nmethods: [ln-tuning]\n';
    const { diagnostics } = await checkAgainstWorld(checkConfig(text), worldOf(folder));
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    expect(errors).toEqual([
      expect.stringMatching(/^b\.csv:2: `label` must be a number, got "N\/A"/),
      expect.stringMatching(/^c\.csv:2: `label` must be a number, got "good"/),
    ]);
  });
});
