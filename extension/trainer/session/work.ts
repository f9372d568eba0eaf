import { join, resolve } from 'node:path';
import type { ResolvedConfig } from '../../config/resolve.ts';
import { type RunRecord, runFiles } from '../../contract/run.ts';
import type { ConfiguredMethod, ModelOutline } from '../../methods/method.ts';
import { readEngineChoice } from '../../runs/engineChoice.ts';
import { type ModelFolder, modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import { epochBatches, sortedBatches, splitRows } from '../data/batches.ts';
import { collate } from '../data/collate.ts';
import type { EncodedDataset } from '../data/dataset.ts';
import { loadTokenizer, type TextTokenizer } from '../data/tokenizer.ts';
import type { Executor } from '../executor.ts';
import { writeAdapter } from '../export/adapterFolder.ts';
import { storedForm } from '../export/tunedModel.ts';
import { TrainingLoop } from '../loop/loop.ts';
import { timetable } from '../loop/timetable.ts';
import { directionOf } from '../metrics/directions.ts';
import type { WorkContext, WorkOutcome } from '../operations.ts';
import { scheduleFactor } from '../optim/schedule.ts';
import { findTask } from '../tasks/registry.ts';
import type { Batch, LabelNames, Task } from '../tasks/task.ts';
import { codeVersion } from '../version.ts';
import { type Engine, startEngine } from './engine.ts';
import { hashFile } from './files.ts';
import { modelFolderOf } from './prepare.ts';
import { configOf, RunInputError } from './runConfig.ts';
import { findLabels, type LoadedSplit, loadSplit } from './splits.ts';
import { firstValues, planTuning, type Tuning } from './tuning.ts';

/** Trains one run, or goes on with it, in this process. */
export async function work(context: WorkContext): Promise<WorkOutcome> {
  const choice = readEngineChoice(context.folder);
  const { config, methods } = configOf(context.record, choice);
  const engine = await startEngine(config, context.record.baseFolder);
  try {
    return await train(context, engine, config, methods);
  } finally {
    await engine.close();
  }
}

async function train(
  context: WorkContext,
  engine: Engine,
  config: ResolvedConfig,
  methods: readonly ConfiguredMethod[],
): Promise<WorkOutcome> {
  const { record } = context;
  context.emit({
    type: 'hello',
    time: new Date().toISOString(),
    version: 1,
    run: record.id,
    pid: process.pid,
    codeVersion,
    executor: engine.name,
    device: engine.device,
    ...(config.threads === null ? {} : { threads: config.threads }),
  });
  await demandSameData(record, config);
  const model = await openModel(await modelFolderOf(config, record.baseFolder, () => {}));
  const tokenizer = await loadTokenizer(model.folder);
  const task = findTask(config.task);
  const labels = await findLabels(config, record.baseFolder, () => {});
  const outputs = task.outputs(labels, model.dimensions.vocabulary);
  const weights = modelWeights(model, { head: task.head, outputs, seed: config.training.seed });
  const { training } = config;
  const tuning = planTuning(weights, {
    methods,
    task,
    trainPooler: config.train_pooler,
    learningRate: training.learning_rate ?? undefined,
    headLearningRate: training.head_learning_rate,
    weightDecay: training.weight_decay,
    labelSmoothing: training.label_smoothing,
    dropout: training.dropout ?? undefined,
  });
  const data = await openData(context, config, { model, tokenizer, task, labels, tuning });
  const plan = timetable(data.training.batchesPerEpoch, training);
  const executor = await engine.create(
    {
      training: tuning.graphs.training,
      evaluation: tuning.graphs.evaluation,
      trainable: tuning.trainable,
      groups: tuning.groups,
      frozen: await weights.frozen(tuning.frozen),
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      threads: config.threads ?? undefined,
      seed: training.seed,
      device: config.device,
      precision: config.precision,
      expectedSteps: plan.totalSteps,
    },
    await firstValues(tuning, weights, training.seed),
  );
  try {
    const loop = new TrainingLoop(
      {
        executor,
        trainable: tuning.trainable,
        ...data,
        evaluator: () => task.evaluator(labels),
        timetable: plan,
        schedule: (step) =>
          scheduleFactor(
            {
              name: training.lr_scheduler,
              warmupSteps: Math.ceil(training.warmup_ratio * plan.totalSteps),
              totalSteps: plan.totalSteps,
            },
            step - 1,
          ),
        learningRate: tuning.groups[0]!.learningRate,
        gradientAccumulation: training.gradient_accumulation,
        maxGradientNorm: training.max_grad_norm === 0 ? undefined : training.max_grad_norm,
        watched: watchedMetric(task, training.early_stopping?.metric ?? null),
        keepBest: training.keep_best,
        evaluateOnStart: training.eval_on_start,
        patience: training.early_stopping?.patience,
      },
      context,
    );
    const outcome = await loop.run();
    await keep(context.folder, executor, { config, model, methods, task, labels, outputs, outline: weights.outline });
    return outcome;
  } finally {
    await executor.close();
  }
}

const watchedMetric = (task: Task, named: string | null) => {
  const name = named ?? task.primaryMetric;
  return { name, direction: directionOf(name) };
};

interface Opened {
  readonly model: ModelFolder;
  readonly tokenizer: TextTokenizer;
  readonly task: Task;
  readonly labels: LabelNames;
  readonly tuning: Tuning;
}

/** Reads and tokenises the splits, and says how batches are made of them. */
async function openData(context: WorkContext, config: ResolvedConfig, opened: Opened) {
  const { data, training } = config;
  const { model, tokenizer, task, tuning } = opened;
  const { seed, batch_size: batchSize, mlm_probability: probability } = training;
  const padding = { dimensions: model.dimensions, positionShift: tuning.graphs.positionShift };
  const load = async (split: typeof data.train) => {
    const loaded = await loadSplit(split, data, context.record.baseFolder, opened, () => {});
    warnSkipped(context, split.file, loaded);
    return loaded.rows;
  };
  const batchOf = (rows: EncodedDataset, members: readonly number[], epoch: number): Batch => {
    const examples = members.map((row) => rows.example(row));
    const varied = task.vary ? examples.map((e) => task.vary!(e, tokenizer, { seed, epoch, probability })) : examples;
    return collate(varied, task, padding);
  };
  const lazily = (rows: EncodedDataset, members: readonly number[]): Iterable<Batch> => {
    const batches = sortedBatches(members, (row) => rows.lengthOf(row), batchSize);
    return {
      *[Symbol.iterator]() {
        for (const batch of batches) yield batchOf(rows, batch, -1);
      },
    };
  };
  const allRows = (rows: EncodedDataset) => [...Array(rows.size).keys()];

  const train = await load(data.train);
  const aside = data.validation_split === null ? undefined : splitRows(train.size, data.validation_split, seed);
  const trainRows = data.validation === null && aside ? aside.train : allRows(train);
  let validation: Iterable<Batch> | undefined;
  if (data.validation !== null) {
    const rows = await load(data.validation);
    validation = lazily(rows, allRows(rows));
  } else if (aside) validation = lazily(train, aside.validation);
  const testRows = data.test === null ? undefined : await load(data.test);

  let current: { epoch: number; batches: readonly (readonly number[])[] } | undefined;
  const lengthOf = (row: number) => train.lengthOf(row);
  return {
    training: {
      batchesPerEpoch: Math.ceil(trainRows.length / batchSize),
      epoch(epoch: number) {
        if (current?.epoch !== epoch) {
          current = { epoch, batches: epochBatches(trainRows, lengthOf, { batchSize, seed, epoch }) };
        }
        const { batches } = current;
        return { batch: (index: number) => batchOf(train, batches[index]!, epoch) };
      },
    },
    validation,
    test: testRows && lazily(testRows, allRows(testRows)),
  };
}

function warnSkipped(context: WorkContext, file: string, { skipped, rows }: LoadedSplit): void {
  if (skipped.count === 0) return;
  const examples = skipped.examples.map(({ message }) => message).join('\n');
  context.emit({
    type: 'warning',
    time: new Date().toISOString(),
    code: 'bad-rows',
    message: `${file}: ${skipped.count} bad rows were skipped, ${rows.size} are used; the first ones:\n${examples}`,
  });
}

/** A run goes on only with the rows it began with. @throws RunInputError · DataError */
async function demandSameData(record: RunRecord, config: ResolvedConfig): Promise<void> {
  for (const split of ['train', 'validation', 'test'] as const) {
    const data = config.data[split];
    const expected = record.dataHashes[split];
    if (!data || expected === undefined) continue;
    const file = resolve(record.baseFolder, data.file);
    if ((await hashFile(file, () => {})) !== expected) {
      throw new RunInputError(
        `${file}: must be as it was when the run was created, got other contents; put the old file back, or start a new run`,
      );
    }
  }
}

/** Writes what was tuned into the run folder. */
async function keep(
  folder: string,
  executor: Executor,
  run: {
    readonly config: ResolvedConfig;
    readonly model: ModelFolder;
    readonly methods: readonly ConfiguredMethod[];
    readonly task: Task;
    readonly labels: LabelNames;
    readonly outputs: number;
    readonly outline: ModelOutline;
  },
): Promise<void> {
  const { model, task, labels, outputs, config } = run;
  const { values } = await executor.read();
  const stored = storedForm(run.outline, run.methods, values);
  await writeAdapter(join(folder, runFiles.adapter), {
    model,
    modelName: config.model,
    task: task.name,
    head: task.head,
    labels,
    outputs,
    ...stored,
  });
}
