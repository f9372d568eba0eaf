import { recogniseColumns } from '../../config/resolved/recognisedColumns.ts';
import type { ConfigDraft, ResolvedSplit } from '../../config/resolved/resolve.ts';
import { findTask } from '../../tasks/registry.ts';
import { listColumns } from './columns.ts';
import { dataFilePath } from './dataFile.ts';
import { withLabelNames } from './labelNames.ts';

/**
 * A split with the columns that its file has, where it is one of conversations and the config names none.
 * @throws DataError
 */
async function withColumnsOfFile(split: ResolvedSplit, baseFolder: string): Promise<ResolvedSplit> {
  const { file, format, delimiter, columns, encoding } = split;
  if (format === 'conll' || format === 'text') return split;
  const source = {
    file: dataFilePath(file, baseFolder),
    format,
    delimiter,
    columns,
    encoding,
    effort: 'work',
  } as const;
  return recogniseColumns(split, await listColumns(source)).split;
}

/** A config with what its files themselves tell filled in: so the run knows it from then on. @throws DataError */
export async function withFileFacts<Config extends ConfigDraft>(config: Config, baseFolder: string): Promise<Config> {
  if (findTask(config.task).columns.messages === undefined) return await withLabelNames(config, baseFolder);
  const { data } = config;
  const told = (split: ResolvedSplit) => withColumnsOfFile(split, baseFolder);
  return {
    ...config,
    data: {
      ...data,
      train: await told(data.train),
      validation: data.validation && (await told(data.validation)),
      test: data.test && (await told(data.test)),
    },
  };
}
