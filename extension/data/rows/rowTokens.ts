import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import { ignoredLabel } from '../../graph/ops.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { EncodedRow, Ids } from '../../tasks/rows/example.ts';
import type { Columns, Row } from '../../tasks/rows/row.ts';
import type { RowToken, RowTokens } from '../../tasks/rows/rowView.ts';
import type { Task } from '../../tasks/task.ts';
import type { TextTokenizer } from '../tokenizer/tokenizer.ts';

/**
 * A row as a task reads it: its tokens, the part that each of them plays, and those that are cut; a row that is split is all read.
 * @throws DataError for a row that is wrong whatever its length
 */
export function rowTokens(
  row: Row,
  columns: Columns,
  use: { readonly task: Task; readonly tokenizer: TextTokenizer },
  data: Pick<ResolvedConfig['data'], 'max_length' | 'long_texts' | 'on_bad_row'>,
): RowTokens {
  const { task, tokenizer } = use;
  const labels = [...new Set(task.rowLabels(row, columns))];
  const encode = (length: number) => task.encode(row, columns, tokenizer, { labels, maxLength: length });
  const whole = encode(Number.POSITIVE_INFINITY);
  const pieces = data.long_texts === 'split' ? (task.pieces?.(whole, data.max_length).length ?? 1) : 1;
  const { read, problem } = pieces > 1 ? { read: whole } : readBy(() => encode(data.max_length), whole, data);
  const places = placesOf(read.inputIds, whole.inputIds);
  const judgesRows = task.labelsInput(labels.length).shape.join() === 'B';
  const tokens = Array.from(whole.inputIds, (id, i): RowToken => {
    const text = tokenText(tokenizer, id);
    const place = places.get(i);
    if (place === undefined) return { id, text, mark: 'cut' };
    const target = read.target[place] ?? ignoredLabel;
    // Masked tokens are chosen anew in each epoch.
    if (judgesRows || task.maskTokens || target === ignoredLabel) return { id, text, mark: 'context' };
    const label = task.labels === 'classes' ? labels[target] : undefined;
    return { id, text, mark: 'loss', ...(label !== undefined && { label }) };
  });
  const label = judgesRows ? (labels[0] ?? String(read.target[0])) : undefined;
  return {
    line: row.line,
    tokens,
    text: tokenizer.decode(whole.inputIds),
    ...(pieces > 1 && { pieces }),
    ...(label !== undefined && { label }),
    ...(problem !== undefined && { problem }),
  };
}

/** The row as training cuts it; where it refuses what is left, its beginning, and why. */
function readBy(
  encode: () => EncodedRow,
  whole: EncodedRow,
  { max_length: maxLength, on_bad_row: onBadRow }: Pick<ResolvedConfig['data'], 'max_length' | 'on_bad_row'>,
): { readonly read: Pick<EncodedRow, 'inputIds' | 'target'>; readonly problem?: string } {
  try {
    return { read: encode() };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return {
      read: { inputIds: whole.inputIds.slice(0, maxLength), target: [] },
      problem: refusedRow(error, onBadRow).message,
    };
  }
}

/** The error of a row that training refuses, or leaves out where it is told to skip. */
export const refusedRow = (error: DataError, onBadRow: 'error' | 'skip'): DataError =>
  onBadRow === 'error'
    ? error
    : new DataError(error.place, error.rule, 'training leaves it out (data.on_bad_row: skip)', { cause: error });

/**
 * Where the tokens that are read stand among all: `whole` place → `read` place. Texts are cut at one end, and special
 * tokens behind them stay; of both ends, the one that leaves fewer gaps was cut.
 */
function placesOf(read: Ids, whole: Ids): ReadonlyMap<number, number> {
  const fromLeft = matched(Array.from(read), Array.from(whole));
  const fromRight = matched(Array.from(read).reverse(), Array.from(whole).reverse()).map((at) => whole.length - 1 - at);
  fromRight.reverse();
  const gaps = (places: readonly number[]) => places.filter((at, i) => i > 0 && at > places[i - 1]! + 1).length;
  const best = gaps(fromLeft) <= gaps(fromRight) ? fromLeft : fromRight;
  return new Map(best.map((at, i) => [at, i]));
}

/** The first place of each item behind that of the one before it. */
function matched(items: readonly number[], all: readonly number[]): number[] {
  let at = -1;
  return items.map((item) => (at = all.indexOf(item, at + 1)));
}

/** A token's text behind another one: some decoders treat the beginning of a text in a way of their own. */
export function tokenText(tokenizer: TextTokenizer, id: number): string {
  const raw = tokenizer.token(id) ?? '';
  if (tokenizer.structuralIds.has(id)) return raw;
  const text = tokenizer.decode([id, id]).slice(tokenizer.decode([id]).length);
  return text.includes('\ufffd') ? raw : text;
}
