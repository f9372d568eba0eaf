import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { complete, type Listing } from '../../extension/config/editor/complete.ts';
import { isPlainText, yamlText } from '../../extension/config/text/plainText.ts';
import { cursor } from './support.ts';

const folders: Readonly<Record<string, readonly string[]>> = {
  '.': ["it's data.tsv", 'my data/', 'train.tsv', '.hidden.tsv'],
  'my data/': ['ünï côdé.csv', 'a "b".tsv'],
};

const listing: Listing = {
  listFolder: async (folder) =>
    folders[folder]?.map((name) =>
      name.endsWith('/') ? { name: name.slice(0, -1), kind: 'folder' } : { name, kind: 'file' },
    ),
  columns: async () => ['text', 'my label', "it's"],
};

/** The text after accepting the completion of this label. */
async function accepted(marked: string, label: string): Promise<string> {
  const { text, offset } = cursor(marked);
  const found = (await complete(text, offset, listing)).find((candidate) => candidate.label === label);
  if (found === undefined) throw new Error(`no completion ${label} at ${marked}`);
  expect(found.filterText.startsWith(text.slice(found.range.start.offset, offset))).toBe(true);
  const { start, end } = found.range;
  const at = found.caret ?? found.insertText.length;
  const inserted = `${found.insertText.slice(0, at)}|${found.insertText.slice(at)}`;
  return text.slice(0, start.offset) + inserted + text.slice(end.offset);
}

describe('completion of names with spaces, quotes and accents', () => {
  it.each([
    ['data:\n  train: |', "it's data.tsv", "data:\n  train: 'it''s data.tsv'|"],
    ['data:\n  train:|', 'train.tsv', 'data:\n  train: train.tsv|'],
    ['data:\n  train: tr|.csv', 'train.tsv', 'data:\n  train: train.tsv|'],
    ['data:\n  train: "|"', "it's data.tsv", 'data:\n  train: "it\'s data.tsv|"'],
    ["data:\n  train: 'it|", "it's data.tsv", "data:\n  train: 'it''s data.tsv|"],
    ["data:\n  train: 'it''s da|'", "it's data.tsv", "data:\n  train: 'it''s data.tsv|'"],
    ["data: {train: '|', format: tsv}", 'train.tsv', "data: {train: 'train.tsv|', format: tsv}"],
    ['data:\n  train: my|', 'my data', 'data:\n  train: my data/|'],
    ['data:\n  train: my data/|', 'ünï côdé.csv', 'data:\n  train: my data/ünï côdé.csv|'],
    ['data:\n  train: "my data/|"', 'a "b".tsv', 'data:\n  train: "my data/a \\"b\\".tsv|"'],
    [
      'data:\r\n  train: train.tsv\r\n  label: my l|\r\n',
      'my label',
      'data:\r\n  train: train.tsv\r\n  label: my label|\r\n',
    ],
    ["data:\n  train: train.tsv\n  label: 'i|'\n", "it's", "data:\n  train: train.tsv\n  label: 'it''s|'\n"],
    [
      'data:\n  train: train.tsv # all rows\n  label: |',
      'text',
      'data:\n  train: train.tsv # all rows\n  label: text|',
    ],
  ])('%j takes %j', async (marked, label, wanted) => {
    expect(await accepted(marked, label)).toBe(wanted);
  });

  it('leaves the cursor inside the quotes of a folder', async () => {
    const withQuote: Listing = { ...listing, listFolder: async () => [{ name: "bob's", kind: 'folder' }] };
    const [found] = await complete('data: {train: }', 14, withQuote);
    expect(found).toMatchObject({ insertText: "'bob''s/'", caret: 8 });
  });

  it('offers nothing in a comment, and what looks like one inside quotes is none', async () => {
    const { text, offset } = cursor('task: x # say |');
    expect(await complete(text, offset, listing)).toEqual([]);
    const quoted = cursor("data: {train: '# |'}");
    expect(await complete(quoted.text, quoted.offset, listing)).toHaveLength(3);
  });
});

describe('text as YAML', () => {
  it.each([
    'train.tsv',
    'my data/ünï.csv',
    '../a b.tsv',
    "it's",
    '12',
    'true',
    'null',
    '~',
    '- x',
    'a: b',
    'a #b',
    '{x}',
    '',
    ' a',
    '1e3',
    '.5',
    '日本 語.csv',
    'a "b"',
    'a\tb',
    'a\nb',
  ])('reads %j back as itself', (text) => {
    expect(parse(`key: ${yamlText(text)}`)).toEqual({ key: text });
  });

  it('quotes only what needs it', () => {
    expect(['train.tsv', 'my data/ü.csv', '../x.tsv', '日本 語.csv'].every(isPlainText)).toBe(true);
    expect(yamlText("it's")).toBe("'it''s'");
  });
});
