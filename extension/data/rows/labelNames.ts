import type { ConfigDraft, ResolvedSplit } from '../../config/resolved/resolve.ts';
import { findTask } from '../../tasks/registry.ts';
import type { ReadingEffort } from '../formats/readers/readParquet.ts';
import { readLabelNames } from '../formats/readLabelNames.ts';
import { dataFilePath } from './dataFile.ts';

type ClassSplit = Pick<ResolvedSplit, 'file' | 'format' | 'label' | 'labels'>;

/** The names that a Parquet file itself has for its labels, where the config has none. @throws DataError */
export async function namesInFile(
  { file, format, label }: ClassSplit,
  baseFolder: string,
  effort: ReadingEffort,
): Promise<readonly string[] | null> {
  if (format !== 'parquet' || label === null) return null;
  return (await readLabelNames(dataFilePath(file, baseFolder), label, effort)) ?? null;
}

/**
 * A split with the names that its file has for its labels. Those it is already read with stay, unless the file has the
 * same ones in another order.
 * @throws DataError
 */
export async function withNamesOfFile(split: ResolvedSplit, baseFolder: string): Promise<ResolvedSplit> {
  const names = await namesInFile(split, baseFolder, 'work');
  const isOther = split.labels !== null && [...split.labels].sort().join('\0') !== [...(names ?? [])].sort().join('\0');
  return names === null || isOther ? split : { ...split, labels: names };
}

/** A config with the label names of its files filled in: so the run knows them from then on. @throws DataError */
export async function withLabelNames<Config extends ConfigDraft>(config: Config, baseFolder: string): Promise<Config> {
  const { data, task } = config;
  if (findTask(task).labels !== 'classes') return config;
  const named = async (split: ResolvedSplit): Promise<ResolvedSplit> => ({
    ...split,
    labels: split.labels ?? (await namesInFile(split, baseFolder, 'work')),
  });
  return {
    ...config,
    data: {
      ...data,
      train: await named(data.train),
      validation: data.validation && (await named(data.validation)),
      test: data.test && (await named(data.test)),
    },
  };
}
