import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { cacheFolder } from '../../files/cacheFolder.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { haveOthersNumbers } from '../../tasks/rows/labels.ts';
import type { Columns } from '../../tasks/rows/row.ts';
import type { Task } from '../../tasks/task.ts';
import { FileHash } from '../formats/bytes/fileHash.ts';
import type { DataSource } from '../formats/readers/source.ts';
import { dataFilePath } from './dataFile.ts';
import { openRowIndex, type RowIndex } from './rowIndex.ts';

type IndexOptions = Pick<ResolvedConfig['data'], 'on_bad_row' | 'in_memory_mb' | 'long_texts'>;

/** A split's file and how to read it. */
export function sourceOf(split: ResolvedSplit, baseFolder: string): DataSource {
  const { format, delimiter, columns, encoding, tokens, label } = split;
  const words = format === 'conll' ? { tokens, label } : {};
  return { file: dataFilePath(split.file, baseFolder), format, delimiter, columns, encoding, effort: 'work', ...words };
}

/** An instruction is one of Alpaca's by its column, or by a second one with more of it. */
function turnsOf({ chat_template: wanted, prompt, input }: ResolvedSplit): Columns['turns'] {
  if (wanted === 'always') return 'always';
  return wanted === 'auto' && (prompt === 'instruction' || input != null) ? 'possible' : undefined;
}

/** The columns that a split's task reads; CoNLL and text files have fixed ones, whatever those of other splits are called. */
export function columnsOf(split: ResolvedSplit): Columns {
  const { format, text, text_pair, prompt, completion, input, messages, tokens, label, labels } = split;
  const conll = format === 'conll';
  return {
    text: text === null ? undefined : format === 'text' ? 'text' : text,
    textPair: text_pair ?? undefined,
    prompt: prompt ?? undefined,
    completion: completion ?? undefined,
    input: input ?? undefined,
    messages: messages ?? undefined,
    turns: turnsOf(split),
    tokens: tokens === null ? undefined : conll ? 'tokens' : tokens,
    label: label === null ? undefined : conll ? 'label' : label,
    labelNames: labels ?? undefined,
    ...(labels && haveOthersNumbers(labels) && { labelCells: format === 'parquet' ? 'typed' : 'names' }),
  };
}

/**
 * The index of a split's rows where its file is too large to be held; undefined where it is not, and for Parquet, whose
 * columns lie apart. Made at the first call, with progress, and found again at the others.
 * @throws DataError about the first bad row, unless bad rows are skipped; where texts are split, which takes rows that are held
 */
export async function splitIndex(
  split: ResolvedSplit,
  options: IndexOptions,
  baseFolder: string,
  task: Task,
  report: ReportProgress,
): Promise<RowIndex | undefined> {
  const source = sourceOf(split, baseFolder);
  const bytes = statSync(source.file, { throwIfNoEntry: false })?.size ?? 0;
  if (split.format === 'parquet' || bytes <= options.in_memory_mb * 1e6) return undefined;
  if (options.long_texts === 'split') {
    const rule = `must be ${options.in_memory_mb} MB (data.in_memory_mb) at most where long texts are split, got ${Math.ceil(bytes / 1e6)} MB`;
    throw new DataError({ file: source.file }, rule, 'raise data.in_memory_mb above it, or set data.long_texts: cut');
  }
  const request = {
    source,
    columns: columnsOf(split),
    task: task.name,
    labelsOf: task.rowLabels,
    onBadRow: options.on_bad_row,
    skip: split.skip,
    limit: split.limit,
  };
  return await openRowIndex(request, join(cacheFolder(process.env), 'rows'), (done, total) =>
    report(`indexing ${split.file}`, done, total, 'B'),
  );
}

/**
 * SHA-256 of a split's file; of a large one as it was when it was indexed, where it has not been written to since.
 * @param hash has taken what was read of the file already
 */
export async function splitHash(
  split: ResolvedSplit,
  options: IndexOptions,
  baseFolder: string,
  task: Task,
  report: ReportProgress,
  hash = new FileHash(dataFilePath(split.file, baseFolder)),
): Promise<string> {
  const index = await splitIndex(split, options, baseFolder, task, report);
  return index ? index.sha256 : await hash.whole(report);
}
