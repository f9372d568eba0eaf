import type { ModelFolder } from '../../checkpoint/modelFolder.ts';
import type { ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import type { RunRecord } from '../../contract/run.ts';
import { openSplits, type RunSplits, type SplitsRequest } from '../../data/batches/runData.ts';
import { FileHash } from '../../data/formats/bytes/fileHash.ts';
import { dataFilePath, fetchDataFiles } from '../../data/rows/dataFile.ts';
import { type LoadedSplit, loadSplit } from '../../data/rows/splits.ts';
import type { TextTokenizer } from '../../data/tokenizer/tokenizer.ts';
import { OtherFiles } from '../../files/failure.ts';
import { UserError } from '../../problems/userError.ts';
import type { KnownTask } from '../../tasks/registry.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import type { Trunk } from './trunk.ts';

/** A run, and what its rows are encoded with. */
export interface RowsOfRun {
  readonly record: RunRecord;
  readonly config: ResolvedConfig;
  readonly model: ModelFolder;
  readonly tokenizer: TextTokenizer;
  readonly task: KnownTask;
  readonly labels: LabelNames;
}

const splitNames = ['train', 'validation', 'test'] as const;

/**
 * Opens a run's rows, those that another run has read and tokenised from the trunk.
 * @throws UserError when they are not those that the run began with · DataError
 */
export async function openRows(trunk: Trunk, run: RowsOfRun, report: SplitsRequest['report']): Promise<RunSplits> {
  const { record, config, tokenizer, task, labels } = run;
  const { baseFolder } = record;
  await fetchDataFiles(config.data, () => {});
  const demandSame = (split: ResolvedSplit, sha256: string): void => demandSameData(run, split, sha256);
  const read = async (split: ResolvedSplit): Promise<LoadedSplit> => {
    const hash = new FileHash(dataFilePath(split.file, baseFolder));
    try {
      return await loadSplit(split, config.data, baseFolder, { task, tokenizer, labels }, () => {}, hash);
    } finally {
      // That the contents are others is said first, whatever their rows led to.
      demandSame(split, await hash.whole(() => {}));
    }
  };
  const load = (split: ResolvedSplit) => {
    return trunk.split(splitKey(run, split), () => read(split));
  };
  return await openSplits({ config, baseFolder, tokenizer, task, labels, load, demandSame, report });
}

/** All that a split's encoded rows depend on. */
export function splitKey(run: RowsOfRun, split: ResolvedSplit): string {
  const { record, config, model, task, labels } = run;
  const { on_bad_row, max_length, long_texts, in_memory_mb } = config.data;
  const reading = [on_bad_row, max_length, long_texts, in_memory_mb];
  return JSON.stringify([hashOf(run, split), record.baseFolder, split, reading, model.folder, task.name, labels]);
}

/** Of a split's file when the run was created. */
function hashOf({ record, config }: RowsOfRun, split: ResolvedSplit): string | undefined {
  const name = splitNames.find((name) => config.data[name] === split);
  return name && record.dataHashes[name];
}

/** A run goes on only with the rows it began with. */
function demandSameData(run: RowsOfRun, split: ResolvedSplit, sha256: string): void {
  const expected = hashOf(run, split);
  if (expected === undefined || sha256 === expected) return;
  const rule = 'must be as it was when the run was created, got other contents';
  const file = dataFilePath(split.file, run.record.baseFolder);
  throw new UserError(`${file}: ${rule}; put the old file back, or start a new run`, undefined, {
    cause: new OtherFiles(),
  });
}
