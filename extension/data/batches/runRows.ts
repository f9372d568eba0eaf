import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { findTask } from '../../tasks/registry.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import { withFileFacts } from '../rows/fileFacts.ts';
import { findLabels } from '../rows/splits.ts';
import type { Surveys } from '../rows/surveys.ts';
import { loadTokenizer } from '../tokenizer/tokenizer.ts';
import { rowLengths, type SplitLengths } from './rowLengths.ts';

/** A run's rows, as its plan needs them. */
export interface RunRows {
  readonly labels: LabelNames;
  readonly train: SplitLengths;
  readonly validation: SplitLengths | undefined;
  readonly test: SplitLengths | undefined;
}

/** Looks at the rows of a config. @throws DataError */
export type ReadRows = (config: ResolvedConfig, modelFolder: string, baseFolder: string) => Promise<RunRows>;

/** Looks at the same rows once, however many configs read them. */
export function rememberingRows(report: ReportProgress, surveys: Surveys): ReadRows {
  const known = new Map<string, Promise<RunRows>>();
  return (config, modelFolder, baseFolder) => {
    const key = JSON.stringify([config.task, config.data, modelFolder, baseFolder]);
    const rows = known.get(key) ?? readRows(config, modelFolder, baseFolder, { report, surveys });
    known.set(key, rows);
    return rows;
  };
}

async function readRows(
  plain: ResolvedConfig,
  modelFolder: string,
  baseFolder: string,
  { report, surveys }: { readonly report: ReportProgress; readonly surveys: Surveys },
): Promise<RunRows> {
  const config = await withFileFacts(plain, baseFolder);
  const { data } = config;
  const tokenizer = await loadTokenizer(modelFolder);
  const labels = await findLabels(config, baseFolder, report, surveys);
  const use = { task: findTask(config.task), tokenizer, labels };
  const read = (split: typeof data.train) => rowLengths(split, data, baseFolder, use, report);
  const train = await read(data.train);
  const validation = data.validation ? await read(data.validation) : undefined;
  return { labels, train, validation, test: data.test ? await read(data.test) : undefined };
}
