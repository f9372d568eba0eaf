import * as z from 'zod';
import { mostClasses } from '../../tasks/rows/labels.ts';
import { parquetNote, type ReadingEffort } from './readers/readParquet.ts';

const classLabel = z.object({
  _type: z.literal('ClassLabel'),
  names: z.array(z.string().min(1)).min(2).max(mostClasses),
});
/** A list is a `Sequence` or `List` in newer files and a JSON list in older ones. */
const feature = z.union([
  classLabel,
  z.object({ feature: classLabel }).transform(({ feature }) => feature),
  z.tuple([classLabel]).transform(([only]) => only),
]);
const notes = z.object({ info: z.object({ features: z.record(z.string(), z.unknown()) }) });

/**
 * Names that a Parquet file of Hugging Face `datasets` gives to the numbers in a column (`ClassLabel`, or a list of
 * them), in their order; undefined where it names none.
 * @throws DataError when the file is not Parquet
 */
export async function readLabelNames(
  file: string,
  column: string,
  effort: ReadingEffort,
): Promise<readonly string[] | undefined> {
  const text = await parquetNote(file, 'huggingface', effort);
  if (text === undefined) return undefined;
  const parsed = notes.safeParse(jsonOrUndefined(text));
  if (!parsed.success || !Object.hasOwn(parsed.data.info.features, column)) return undefined;
  const found = feature.safeParse(parsed.data.info.features[column]);
  return found.success && new Set(found.data.names).size === found.data.names.length ? found.data.names : undefined;
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
