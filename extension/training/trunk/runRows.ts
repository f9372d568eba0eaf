import { resolve } from 'node:path';
import type { ModelFolder } from '../../checkpoint/modelFolder.ts';
import type { ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import type { RunRecord } from '../../contract/run.ts';
import { openSplits, type RunSplits, type SplitsRequest } from '../../data/batches/runData.ts';
import { splitHash } from '../../data/rows/splitIndex.ts';
import { loadSplit } from '../../data/rows/splits.ts';
import type { TextTokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { KnownTask } from '../../tasks/registry.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import { RunInputError } from '../prepare/runConfig.ts';
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
 * @throws RunInputError when they are not those that the run began with · DataError
 */
export async function openRows(trunk: Trunk, run: RowsOfRun, report: SplitsRequest['report']): Promise<RunSplits> {
  const { record, config, tokenizer, task, labels } = run;
  const { baseFolder, validationDraw } = record;
  await demandSameData(trunk, run);
  const load = (split: ResolvedSplit) => {
    const read = () => loadSplit(split, config.data, baseFolder, { task, tokenizer, labels }, () => {});
    const key = splitKey(run, split);
    return key === undefined ? read() : trunk.split(key, read);
  };
  return await openSplits({ config, baseFolder, validationDraw, tokenizer, task, labels, load, report });
}

/** All that a split's encoded rows depend on; undefined for runs of old that do not say what was in its file. */
export function splitKey(run: RowsOfRun, split: ResolvedSplit): string | undefined {
  const { record, config, model, task, labels } = run;
  const name = splitNames.find((name) => config.data[name] === split);
  const hash = name && record.dataHashes[name];
  if (hash === undefined) return undefined;
  const { on_bad_row, max_length, in_memory_mb } = config.data;
  const reading = [on_bad_row, max_length, in_memory_mb];
  return JSON.stringify([hash, record.baseFolder, split, reading, model.folder, task.name, labels]);
}

/** A run goes on only with the rows it began with; rows that are held were compared when they were read. */
async function demandSameData(trunk: Trunk, run: RowsOfRun): Promise<void> {
  const { record, config, task } = run;
  for (const name of splitNames) {
    const split = config.data[name];
    const expected = record.dataHashes[name];
    if (!split || expected === undefined || trunk.holdsSplit(splitKey(run, split)!)) continue;
    if ((await splitHash(split, config.data, record.baseFolder, task, () => {})) === expected) continue;
    const rule = 'must be as it was when the run was created, got other contents';
    const file = resolve(record.baseFolder, split.file);
    throw new RunInputError(`${file}: ${rule}; put the old file back, or start a new run`);
  }
}
