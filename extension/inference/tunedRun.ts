import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadAdapter } from '../checkpoint/adapterFolder.ts';
import { openModel } from '../checkpoint/modelFolder.ts';
import type { TunedModel } from '../checkpoint/tunedModel.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { type RunRecord, runFiles } from '../contract/run.ts';
import { collateInputs, type Padding } from '../data/batches/collate.ts';
import { loadTokenizer, type TextTokenizer } from '../data/tokenizer/tokenizer.ts';
import type { Tensor } from '../graph/tensor.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import type { Example } from '../tasks/rows/example.ts';
import type { Task } from '../tasks/task.ts';
import { buildLogits } from '../training/program.ts';
import type { BaseOptions } from '../training/runBase.ts';
import { runBase } from '../training/runBase.ts';
import { configOf, RunInputError } from '../training/runConfig.ts';
import { logitsSpec, openLogits } from './modelLogits.ts';

/** What a run tuned, read back from its folder. @throws RunInputError when there is nothing yet */
export async function openTuned(
  runFolder: string,
  report: ReportProgress,
  { allowOtherBase }: BaseOptions = {},
): Promise<{ readonly tuned: TunedModel; readonly record: RunRecord; readonly warnings: readonly string[] }> {
  const record = await readRunRecord(runFolder);
  const adapter = join(runFolder, runFiles.adapter);
  if (!existsSync(adapter)) {
    throw new RunInputError(`${runFolder}: has no tuned weights yet; let it finish, or resume it`);
  }
  const { config } = configOf(record);
  const model = await openModel(await runBase({ runFolder, record, config }, report, allowOtherBase));
  const cure = `put back a copy, or delete it and resume the run, which writes it again from its checkpoints`;
  return { record, ...(await loadAdapter(adapter, model, { run: record.id, cure })) };
}

/** A tuned model that is ready to answer. */
export interface TunedRun {
  readonly record: RunRecord;
  readonly tuned: TunedModel;
  readonly task: Task;
  readonly tokenizer: TextTokenizer;
  readonly padding: Padding;
  logits(examples: readonly Pick<Example, 'inputIds' | 'tokenTypeIds'>[]): Promise<Tensor>;
  close(): Promise<void>;
}

/** Opens a run's tuned model for evaluation or prediction on the CPU. */
export async function openTunedRun(
  runFolder: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<TunedRun> {
  const { tuned, record } = await openTuned(runFolder, report, options);
  const model = await openLogits(tuned);
  const { positionShift } = buildLogits(logitsSpec(tuned));
  const padding = { dimensions: tuned.model.dimensions, positionShift };
  return {
    record,
    tuned,
    task: findTask(tuned.task),
    tokenizer: await loadTokenizer(tuned.model.folder, tuned.model.dimensions.vocabulary),
    padding,
    logits: (examples) => model.logits(collateInputs(examples, padding)),
    close: () => model.close(),
  };
}
