import type { ResolvedConfig } from '../../config/resolve.ts';
import type { ConfiguredMethod } from '../../methods/method.ts';
import { elements } from '../../models/tensors.ts';
import { modelWeights, openModel } from '../checkpoint/modelFolder.ts';

import { loadTokenizer } from '../data/tokenizer.ts';
import { evaluationShapes, type RowLengths, trainingShapes } from '../estimate/batchShapes.ts';
import type { RunPlan } from '../estimate/runPlan.ts';
import { timetable } from '../loop/timetable.ts';
import { prepacks } from '../onnx/prepacks.ts';
import { withGradients } from '../onnx/withGradients.ts';
import type { ReportProgress } from '../operations.ts';
import { findTask } from '../tasks/registry.ts';
import { keptGraphs, keptLimitBytes } from './keptGraphs.ts';
import { modelFolderOf } from './prepare.ts';
import { splitMembers } from './rowBatches.ts';
import { rowLengths, type SplitLengths } from './rowLengths.ts';
import { findLabels } from './splits.ts';
import { planTuning, tuningOptions } from './tuning.ts';

/** Splits are looked at in this order. */
type Lengths = { readonly train: SplitLengths; readonly validation?: SplitLengths; readonly test?: SplitLengths };

/**
 * Plans a run for the built-in executor on the CPU as `work` will do it: the same graphs, the same batches; no value is
 * read or computed. Downloads the model where it is a hub id that the cache does not hold, unless the environment forbids it.
 * @throws DataError · CheckpointError · HubError · MethodError
 */
export async function planRun(
  config: ResolvedConfig,
  methods: readonly ConfiguredMethod[],
  baseFolder: string,
  { environment, report }: { readonly environment: NodeJS.ProcessEnv; readonly report: ReportProgress },
): Promise<RunPlan> {
  const { data, training } = config;
  const model = await openModel(await modelFolderOf(config, baseFolder, report, environment));
  const tokenizer = await loadTokenizer(model.folder);
  const task = findTask(config.task);
  const labels = await findLabels(config, baseFolder, report);
  const outputs = task.outputs(labels, model.dimensions.vocabulary);
  const weights = modelWeights(model, { head: task.head, outputs, seed: training.seed });
  const tuning = planTuning(weights, tuningOptions(config, methods, task));

  const read = (split: typeof data.train) => rowLengths(split, data, baseFolder, { task, tokenizer, labels }, report);
  const lengths: Lengths = {
    train: await read(data.train),
    ...(data.validation && { validation: await read(data.validation) }),
    ...(data.test && { test: await read(data.test) }),
  };
  const { train, validation } = partsOf(lengths, config);
  const { batch_size: batchSize, seed } = training;
  const plan = timetable(Math.ceil(train.rows / batchSize), training);
  const limitBytes = keptLimitBytes(config, task);
  const kept = limitBytes > 0 ? keptGraphs(tuning.graphs, plan) : undefined;
  const int8 = config.backbone === 'int8';
  const splits = Object.values(lengths);
  const frozen = new Set(tuning.frozen);
  const isWidened = (name: string): boolean => frozen.has(name) && !weights.isMapped(name);
  return {
    training: withGradients(kept?.training ?? tuning.graphs.training, tuning.trainable),
    evaluation: kept?.evaluation ?? tuning.graphs.evaluation,
    fixed: kept?.fixed,
    int8,
    prepacks: prepacks({ backbone: int8 ? 'int8' : 'fp32', expectedSteps: plan.totalSteps }),
    tunedNumbers: tuning.trainable.reduce((sum, { shape }) => sum + elements(shape), 0),
    widenedNumbers: [...weights.outline.tensors, ...weights.pooler, ...weights.head].reduce(
      (sum, { name, shape }) => (isWidened(name) ? sum + elements(shape) : sum),
      0,
    ),
    trainingRows: train.rows,
    trainingBatches: trainingShapes(train, batchSize, seed),
    validationBatches: validation && evaluationShapes(validation, batchSize),
    testBatches: lengths.test && evaluationShapes(lengths.test, batchSize),
    timetable: plan,
    evaluatesOnStart: training.eval_on_start,
    keptLimitBytes: limitBytes,
    heldTokens: splits.reduce((sum, split) => (split.isHeld ? sum + split.rows * mean(split.sample) : sum), 0),
    // Labels are looked for in one pass, and rows are read in another.
    readSeconds: splits.reduce((sum, split) => {
      const encoding = split.isHeld ? split.rows * split.encodeSeconds : 0;
      return sum + 2 * split.readSeconds + encoding;
    }, 0),
    rowSeconds: lengths.train.isHeld ? 0 : lengths.train.encodeSeconds,
  };
}

/** Training and validation rows: of files of their own, or some training rows set aside. */
function partsOf(
  { train, validation }: Lengths,
  { data, training }: Pick<ResolvedConfig, 'data' | 'training'>,
): { readonly train: RowLengths; readonly validation: RowLengths | undefined } {
  if (validation || data.validation_split === null) return { train, validation };
  const { rows, sample } = train;
  const aside = splitMembers(rows, data.validation_split, training.seed).validation.size;
  return { train: { rows: rows - aside, sample }, validation: { rows: aside, sample } };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
