import type { Columns, Row } from '../../tasks/rows/row.ts';
import type { Task } from '../../tasks/task.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { mostColumns } from '../formats/bytes/header.ts';
import { readRows } from '../formats/read.ts';
import { parquetColumns } from '../formats/readers/readParquet.ts';
import { type DataSource, formatOf } from '../formats/readers/source.ts';

/** The first usable rows of a file, for previews and guesses; bad rows are passed over. */
export async function sampleRows(
  source: DataSource,
  count: number,
  bad = new BadRows('skip'),
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  if (count < 1) return rows;
  for await (const row of readRows(source, [], bad)) {
    rows.push(row);
    if (rows.length >= count) break;
  }
  return rows;
}

/** JSONL rows may each have other keys: so many are looked at. */
const jsonRowsLookedAt = 100;

/**
 * Names of a file's columns in order; for JSONL those of the first hundred rows, for CoNLL and text the fixed ones.
 * @throws DataError when the file cannot be read.
 */
export async function listColumns(source: DataSource): Promise<readonly string[]> {
  const format = formatOf(source);
  if (format === 'parquet') return await parquetColumns(source.file, source.effort);
  let header: readonly string[] = [];
  const rows = readRows(source, [], new BadRows('skip'), (found) => {
    header = found.names.filter((name) => name !== '');
  });
  const names = new Set<string>();
  let looked = 0;
  for await (const { cells } of rows) {
    for (const name of Object.keys(cells)) names.add(name);
    if (names.size > mostColumns) break;
    if (++looked >= (format === 'jsonl' ? jsonRowsLookedAt : 1)) break;
  }
  return header.length > 0 ? header : [...names];
}

const names = {
  label: ['label', 'labels', 'class', 'target', 'y', 'category', 'sentiment', 'score', 'stars', 'rating', 'gold_label'],
  tags: ['label', 'labels', 'tags', 'ner_tags', 'pos_tags', 'tag'],
  text: ['text', 'sentence', 'sentence1', 'question', 'question1', 'premise', 'content', 'review', 'body', 'tweet'],
  textPair: ['text_pair', 'sentence2', 'question2', 'hypothesis', 'context', 'answer', 'passage'],
  prompt: ['prompt', 'instruction', 'mr', 'source', 'input'],
  messages: ['messages', 'conversations', 'conversation'],
  completion: ['completion', 'response', 'output', 'answer', 'ref', 'target', 'human_reference'],
  tokens: ['tokens', 'words', 'token', 'word'],
};

/**
 * Which columns a task probably means: by well-known names, else by content (the label is the column with the fewest
 * distinct values, the text the one with the longest). Undefined where nothing fits.
 */
export function guessColumns(columns: readonly string[], sample: readonly Row[], task: Pick<Task, 'columns'>): Columns {
  const named = (known: readonly string[], taken: readonly (string | undefined)[] = []) =>
    known
      .map((name) => columns.find((column) => column.toLowerCase() === name && !taken.includes(column)))
      .find(Boolean);
  const values = (column: string) => sample.map(({ cells }) => cells[column]);
  const isList = (column: string) => sample.length > 0 && values(column).every(Array.isArray);
  const reads = task.columns;
  if (reads.tokens) {
    const lists = columns.filter(isList);
    const tokens = named(names.tokens) ?? lists[0];
    const label = named(names.tags, [tokens]) ?? lists.find((column) => column !== tokens);
    return { tokens, label };
  }
  if (reads.completion) {
    const messages = named(names.messages);
    if (messages !== undefined) return { messages };
    const completion = named(names.completion);
    return { prompt: named(names.prompt, [completion]), completion };
  }
  const scalars = columns.filter((column) => !isList(column));
  const distinct = (column: string) => new Set(values(column).map(String)).size;
  const length = (column: string) => values(column).reduce<number>((sum, value) => sum + String(value ?? '').length, 0);
  const least = (list: readonly string[], size: (column: string) => number) =>
    [...list].sort((a, b) => size(a) - size(b))[0];
  const label = reads.label && named(names.label);
  const text =
    named(names.text, [label]) ??
    least(
      scalars.filter((column) => column !== label),
      (c) => -length(c),
    );
  const rest = scalars.filter((column) => column !== text);
  const textPair = reads.text_pair === 'asked' ? named(names.textPair, [label, text]) : undefined;
  return { text, textPair, label: reads.label && (label ?? least(rest, distinct)) };
}
