import { formatOfFile } from '../../../config/schema/dataFormat.ts';
import type { DataFormat } from '../../../config/schema/dataSchema.ts';
import { DataError } from '../../../tasks/rows/dataError.ts';
import type { EncodedFile } from '../bytes/encoding.ts';
import type { ReadingEffort } from './readParquet.ts';

/** A data file and how to read it. */
export interface DataSource extends EncodedFile {
  /** Absent or `auto`: by the ending of the file's name. */
  readonly format?: DataFormat | 'auto' | undefined;
  /** Character between fields of TSV and CSV; null: a tab, a comma. */
  readonly delimiter?: string | null | undefined;
  /** Names of the columns, for TSV, CSV and CoNLL without a header of their own. */
  readonly columns?: readonly string[] | null | undefined;
  /** CoNLL: which columns the words and the tags are, by number from 1 or by name. */
  readonly tokens?: string | null | undefined;
  readonly label?: string | null | undefined;
  /** How much it may cost to read it, where that cannot be bounded otherwise; default: a look. */
  readonly effort?: ReadingEffort | undefined;
}

/**
 * The format of a source, guessed from the file's ending unless given.
 * @throws DataError when the ending is not known.
 */
export function formatOf({ file, format }: DataSource): DataFormat {
  if (format !== undefined && format !== 'auto') return format;
  const guess = formatOfFile(file);
  if (guess) return guess;
  throw new DataError({ file }, 'the ending does not name the format', 'set data.format, or rename the file');
}
