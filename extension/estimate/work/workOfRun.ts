import { type ModelWeights, openModel } from '../../checkpoint/modelFolder.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { evaluationShapes, type RowLengths, trainingShapes } from '../../data/batches/batchShapes.ts';
import { tokensAtOnce } from '../../data/batches/divideBatch.ts';
import { splitMembers } from '../../data/batches/rowBatches.ts';
import type { ReadRows, RunRows } from '../../data/batches/runRows.ts';
import { tunedLength } from '../../engines/engine.ts';
import { prepacks } from '../../engines/onnx/weights/prepacks.ts';
import { elements } from '../../graph/tensor.ts';
import { gradientRows, withGradients } from '../../graph/withGradients.ts';
import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import { mean } from '../../numbers/mean.ts';
import { findTask, type KnownTask } from '../../tasks/registry.ts';
import { planRun } from '../../training/plan/plan.ts';
import { keyValueGraph } from '../../training/plan/program.ts';
import { planTuning, tuningOptions } from '../../training/plan/tuning.ts';
import { modelFolderOf } from '../../training/prepare/prepare.ts';
import { fisherRows } from '../../training/selection.ts';
import type { RunWork } from './runWork.ts';

interface PlanOptions {
  /** Where models are looked for. */
  readonly environment: NodeJS.ProcessEnv;
  readonly report: ReportProgress;
  readonly readRows: ReadRows;
}

/**
 * The work and memory of a run with the built-in executor on the CPU, from the plan that training would execute;
 * no value is read or computed. Downloads the model where it is a hub id that the cache does not hold, unless the
 * environment forbids it.
 * @throws DataError · CheckpointError · HubError · MethodError
 */
export async function workOfRun(
  config: ResolvedConfig,
  methods: readonly ConfiguredMethod[],
  baseFolder: string,
  { environment, report, readRows }: PlanOptions,
): Promise<RunWork> {
  const model = await openModel(await modelFolderOf(config, baseFolder, report, environment));
  const task = findTask(config.task);
  const rows = await readRows(config, model.folder, baseFolder);
  const { train, validation } = partsOf(rows, config);
  const { labels } = rows;
  const plan = planRun({ config, methods, model, task, labels, trainingRows: train.rows, caches: true });
  const { tuning, weights, graphs, cache, timetable } = plan;
  const { batch_size: batchSize, seed, length_window: lengthWindow, eval_on_start } = config.training;
  const mostTokens = tokensAtOnce(model.dimensions, tuning.graphs.training);
  const int8 = config.backbone === 'int8';
  const splits = [rows.train, rows.validation, rows.test].filter((split) => split !== undefined);
  const frozen = new Set(tuning.frozen);
  const tokens = tuning.union.added.find(({ initializer }) => initializer.kind === 'tokens')?.shape[0];
  const training = withGradients(graphs.training, tuning.trainable);
  const isWidened = (name: string): boolean => frozen.has(name) && !weights.isInFile(name);
  return {
    training,
    evaluation: graphs.evaluation,
    prefix: cache?.prefix,
    int8,
    prepacks: prepacks({ backbone: int8 ? 'int8' : 'fp32', expectedSteps: timetable.totalSteps }),
    tunedNumbers: tuning.trainable.reduce((sum, tensor) => sum + tunedLength(tensor), 0),
    steppedNumbers: tuning.trainable.reduce(
      (sum, tensor) => (gradientRows(training, tensor.name) ? sum : sum + tunedLength(tensor)),
      0,
    ),
    widenedNumbers: [...weights.outline.tensors, ...weights.pooler, ...weights.head].reduce(
      (sum, { name, shape }) => (isWidened(name) ? sum + elements(shape) : sum),
      0,
    ),
    ...selectionWork(config, methods, weights, task),
    ...(tokens !== undefined && { tokenStart: { graph: keyValueGraph(weights.outline), tokens } }),
    trainingRows: train.rows,
    trainingBatches: trainingShapes(train, { batchSize, seed, lengthWindow }, mostTokens),
    validationBatches: validation && evaluationShapes(validation, batchSize, mostTokens),
    testBatches: rows.test && evaluationShapes(rows.test, batchSize, mostTokens),
    timetable,
    evaluatesOnStart: eval_on_start,
    cacheLimitBytes: cache?.limitBytes ?? 0,
    heldTokens: splits.reduce((sum, split) => (split.isHeld ? sum + split.rows * mean(split.sample) : sum), 0),
    // Labels are looked for in one pass, and rows are read in another.
    readSeconds: splits.reduce((sum, split) => {
      const encoding = split.isHeld ? split.rows * split.encodeSeconds : 0;
      return sum + 2 * split.readSeconds + encoding;
    }, 0),
    rowSeconds: rows.train.isHeld ? 0 : rows.train.encodeSeconds,
  };
}

/** The gradients by which a run chooses what it tunes: of every candidate, row by row. */
function selectionWork(
  config: ResolvedConfig,
  methods: readonly ConfiguredMethod[],
  weights: ModelWeights,
  task: KnownTask,
): Pick<RunWork, 'selection'> {
  const chosen = methods.filter(
    ({ method, options }) => method.selection?.pending(weights.outline, options)?.by === 'fisher',
  );
  const [first] = chosen;
  if (!first) return {};
  const all = { ...first, options: first.method.selection!.settled(first.options, undefined) };
  const { graphs, trainable } = planTuning(weights, { ...tuningOptions(config, [all], task), dropout: 0 });
  return { selection: { graph: withGradients(graphs.training, trainable), rows: chosen.length * fisherRows } };
}

/** Training and validation rows: of files of their own, or some training rows set aside. */
function partsOf(
  { train, validation }: RunRows,
  { data, training }: Pick<ResolvedConfig, 'data' | 'training'>,
): { readonly train: RowLengths; readonly validation: RowLengths | undefined } {
  if (validation || data.validation_split === null) return { train, validation };
  const aside = splitMembers(train.rows, data.validation_split, training.seed).validation.size;
  return { train: { ...train, rows: train.rows - aside }, validation: { ...train, rows: aside } };
}
