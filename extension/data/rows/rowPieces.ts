import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { EncodedRow } from '../../tasks/rows/example.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import type { Columns, Row } from '../../tasks/rows/row.ts';
import type { Tokenizer } from '../../tasks/rows/tokenizer.ts';
import type { Task } from '../../tasks/task.ts';

/** What a row is encoded with. */
export interface RowUse {
  readonly task: Task;
  readonly tokenizer: Tokenizer;
  readonly labels: LabelNames;
}

/**
 * A row as the rows that a run has of it: one, or the pieces of a text that is split.
 * @throws DataError
 */
export function rowPieces(
  row: Row,
  columns: Columns,
  { task, tokenizer, labels }: RowUse,
  data: Pick<ResolvedConfig['data'], 'max_length' | 'long_texts'>,
): readonly EncodedRow[] {
  const encode = (maxLength: number) => task.encode(row, columns, tokenizer, { labels, maxLength });
  if (!task.pieces || data.long_texts !== 'split') return [encode(data.max_length)];
  return task.pieces(encode(Number.POSITIVE_INFINITY), data.max_length);
}
