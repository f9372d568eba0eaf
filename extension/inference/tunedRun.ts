import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadAdapter } from '../checkpoint/adapterFolder.ts';
import { modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import { scaleTuned } from '../checkpoint/scaleTuned.ts';
import { type TunedModel, withDrawn } from '../checkpoint/tunedModel.ts';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { type RunRecord, runFiles } from '../contract/run.ts';
import { collateInputs, type Padding } from '../data/batches/collate.ts';
import { type AtOnce, tokensAtOnce } from '../data/batches/divideBatch.ts';
import { loadTokenizer, type TextTokenizer } from '../data/tokenizer/tokenizer.ts';
import type { Tensor } from '../graph/tensor.ts';
import { UserError } from '../problems/userError.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import type { Example } from '../tasks/rows/example.ts';
import type { Task } from '../tasks/task.ts';
import { buildLogits } from '../training/plan/program.ts';
import type { BaseOptions } from '../training/prepare/runBase.ts';
import { runBase } from '../training/prepare/runBase.ts';
import { configOf } from '../training/prepare/runConfig.ts';
import { logitsSpec, openLogits } from './tunedGraphs.ts';

/** How a run's tuned model is taken. */
export interface TunedOptions extends BaseOptions {
  /** Scales the change of what was tuned; undefined: as it was trained. */
  readonly scale?: number | undefined;
}

/** The tuned weights of a run, read back from its folder. @throws UserError when there are none yet */
export async function openTuned(
  runFolder: string,
  report: ReportProgress,
  { allowOtherBase, scale }: TunedOptions = {},
): Promise<Pick<LoadedRun, 'record' | 'config' | 'tuned'>> {
  const record = readRunRecord(runFolder);
  const adapter = join(runFolder, runFiles.adapter);
  if (!existsSync(adapter)) {
    throw new UserError(`${runFolder}: has no tuned weights yet; let it finish, or resume it`);
  }
  const { config } = configOf(record);
  const model = await openModel(await runBase({ runFolder, record, config }, report, allowOtherBase));
  const cure = `put back a copy, or delete it and resume the run, which writes it again from its checkpoints`;
  const kept = await loadAdapter(adapter, model, { run: record.id, cure });
  // Adapters of 0.2.0 lack what the run had drawn and not trained.
  const weights = modelWeights(model, { head: kept.head, outputs: kept.outputs, seed: config.training.seed });
  const tuned = allowOtherBase ? kept : { ...kept, tensors: await withDrawn(weights, kept.tensors) };
  return { record, config, tuned: scale === undefined ? tuned : await scaleTuned(tuned, scale) };
}

/** A run's tuned model, read back, with all that reading rows for it needs. */
export interface LoadedRun {
  readonly record: RunRecord;
  readonly config: ResolvedConfig;
  readonly tuned: TunedModel;
  readonly task: Task;
  readonly tokenizer: TextTokenizer;
  readonly padding: Padding;
  /** What is computed together: no more rows than in training, and of a decoder as many tokens as there. */
  readonly atOnce: AtOnce;
}

/** A tuned model that is ready to answer. */
export interface TunedRun extends LoadedRun {
  logits(examples: readonly Pick<Example, 'inputIds' | 'tokenTypeIds'>[]): Promise<Tensor>;
  close(): Promise<void>;
}

/** Numbers of a batch's logits that are there at once, where each token has some: a vocabulary of them is many. */
const logitsAtOnce = 6e7;

/** Reads a run's tuned model and its tokenizer. @throws UserError when there is nothing yet */
export async function loadTunedRun(
  runFolder: string,
  report: ReportProgress,
  options: TunedOptions = {},
): Promise<LoadedRun> {
  const { tuned, record, config } = await openTuned(runFolder, report, options);
  const { logits, positionShift } = buildLogits(logitsSpec(tuned));
  const { dimensions } = tuned.model;
  const tokens = Math.min(tokensAtOnce(dimensions, { outputs: { logits } }), Math.ceil(logitsAtOnce / tuned.outputs));
  return {
    record,
    config,
    tuned,
    task: findTask(tuned.task),
    tokenizer: await loadTokenizer(tuned.model.folder, dimensions.vocabulary),
    padding: { dimensions, positionShift },
    atOnce: { rows: config.training.batch_size, tokens },
  };
}

/** Opens a run's tuned model for prediction. @throws UserError when there is nothing yet */
export async function openTunedRun(
  runFolder: string,
  report: ReportProgress,
  options: TunedOptions = {},
): Promise<TunedRun> {
  const run = await loadTunedRun(runFolder, report, options);
  const model = await openLogits(run.tuned);
  return {
    ...run,
    logits: (examples) => model.logits(collateInputs(examples, run.padding)),
    close: () => model.close(),
  };
}
