import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ModelFolder, modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import { type RunRecord, runFiles } from '../contract/run.ts';
import { codeVersion } from '../contract/version.ts';
import { openData } from '../data/batches/runData.ts';
import { splitHash } from '../data/rows/splitIndex.ts';
import { findLabels } from '../data/rows/splits.ts';
import { loadTokenizer } from '../data/tokenizer/tokenizer.ts';
import { DeviceSearch, mayHaveGpu } from '../engines/deviceSearch.ts';
import type { Backbone, Executor, TrainingProgram } from '../engines/executor.ts';
import { trialRequest } from '../engines/onnx/deviceTrial.ts';
import type { OnnxDevice } from '../engines/onnx/providers.ts';
import { scheduleFactor } from '../engines/optimizers/schedule.ts';
import { writeAdapter } from '../export/adapterFolder.ts';
import { storedForm, type TunedModel } from '../export/tunedModel.ts';
import type { ConfiguredMethod, ModelOutline } from '../methods/declaration/method.ts';
import { isLowerBetter } from '../metrics/registry.ts';
import type { Work, WorkContext, WorkOutcome } from '../runs/control/work.ts';
import { chooseEngine, readEngineChoice } from '../runs/folder/engineChoice.ts';
import { findTask, type KnownTask } from '../tasks/registry.ts';
import type { LabelNames } from '../tasks/rows/labels.ts';
import type { Task } from '../tasks/task.ts';
import { metricsFor } from '../tasks/taskMetrics.ts';
import { gateBatches, judgeBackbone } from './backboneGate.ts';
import { type Engine, startEngine } from './engine.ts';
import { keptGraphs, keptLimitBytes } from './keptGraphs.ts';
import { TrainingLoop } from './loop.ts';
import { lossScale } from './lossScale.ts';
import { reportTo } from './report.ts';
import { runBase } from './runBase.ts';
import { configOf, RunInputError } from './runConfig.ts';
import { timetable } from './timetable.ts';
import { firstValues, planTuning, tuningOptions } from './tuning.ts';

/** What a worker process does with one run after another. */
export const openWork = async (): Promise<Work> => work;

/** Trains one run, or goes on with it, in this process. */
export async function work(context: WorkContext): Promise<WorkOutcome> {
  const { backbone: recordedBackbone, base: _, ...choice } = readEngineChoice(context.folder);
  const { config, methods } = configOf(context.record, choice);
  const engine = await startEngine(config, context.record.baseFolder);
  // A backbone in bytes is for the CPU.
  const search = engine.device === 'auto' && config.backbone !== 'int8' ? searchDevice(context) : undefined;
  try {
    return await train(context, { engine, search, recordedBackbone }, config, methods);
  } finally {
    search?.close();
    await engine.close();
  }
}

/** What computes a run, as far as that is known before its data are read. */
interface RunEngine {
  readonly engine: Engine;
  readonly search: DeviceSearch | undefined;
  /** What an earlier attempt settled `backbone: auto` as. */
  readonly recordedBackbone: Backbone | undefined;
}

async function train(
  context: WorkContext,
  { engine, search, recordedBackbone }: RunEngine,
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
    // Settled a moment later where there may be a GPU, and then told by a note.
    device: search || engine.device !== 'auto' ? engine.device : 'cpu',
    ...(config.threads === null ? {} : { threads: config.threads }),
  });
  await demandSameData(record, config);
  const model = await openModel(await runBase({ runFolder: context.folder, record, config }, () => {}));
  const tokenizer = await loadTokenizer(model.folder, model.dimensions.vocabulary);
  const task = findTask(config.task);
  const labels = record.labels ?? (await findLabels(config, record.baseFolder, () => {}));
  const outputs = task.outputs(labels, model.dimensions.vocabulary);
  const weights = modelWeights(model, { head: task.head, outputs, labels, seed: config.training.seed });
  const { training } = config;
  const watched = watchedMetric(task, labels, training.early_stopping?.metric ?? null);
  const note = (code: string, message: string | undefined) => {
    if (message !== undefined && !context.resume) {
      context.emit({ type: 'note', time: new Date().toISOString(), code, message });
    }
  };
  if (task.special) note(task.special.code, task.special.note(labels));
  note('head', weights.headText);
  const tuning = planTuning(weights, tuningOptions(config, methods, task));
  const { dimensions } = model;
  const { positionShift } = tuning.graphs;
  const data = await openData(context, config, { dimensions, tokenizer, task, labels, positionShift });
  const plan = timetable(data.batchesPerEpoch, training);
  const limitBytes = engine.computesFixed ? keptLimitBytes(config, task) : 0;
  const kept = limitBytes > 0 ? keptGraphs(tuning.graphs, plan) : undefined;
  const initial = await firstValues(tuning, weights, training.seed);
  const program: TrainingProgram = {
    training: tuning.graphs.training,
    evaluation: tuning.graphs.evaluation,
    trainable: tuning.trainable,
    groups: tuning.groups,
    frozen: await weights.frozen(tuning.frozen),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    threads: config.threads ?? undefined,
    seed: training.seed,
    precision: config.precision,
    compile: config.compile,
    expectedSteps: plan.totalSteps,
  };
  const batches = data.batches().training;
  const device = search
    ? await settleDevice(context, search, async (candidate) => {
        const first = await batches.epoch(0).batch(0);
        return trialRequest(candidate, program, initial, { batch: first.feeds, lossScale: lossScale([first]) });
      })
    : config.device;
  const settleBackbone = async (): Promise<Backbone> => {
    if (config.backbone !== 'auto') return config.backbone;
    if (!engine.quantizes || (device !== 'cpu' && device !== 'auto')) return 'fp32';
    if (recordedBackbone) return recordedBackbone;
    const first = batches.epoch(0);
    const count = Math.min(gateBatches, data.batchesPerEpoch);
    const sample = await Promise.all(Array.from({ length: count }, (_, i) => first.batch(i)));
    const { backbone, message } = await judgeBackbone(engine, { ...program, device }, initial, sample);
    chooseEngine(context.folder, { backbone });
    context.emit({ type: 'note', time: new Date().toISOString(), code: 'backbone', message });
    return backbone;
  };
  const executor = await engine.create({ ...program, ...kept, device, backbone: await settleBackbone() }, initial);
  try {
    const loop = new TrainingLoop(
      {
        executor,
        trainable: tuning.trainable,
        ...data.batches(kept && { fixed: kept.fixed, limitBytes, compute: (feeds) => executor.computeFixed!(feeds) }),
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
        groups: tuning.groups,
        gradientAccumulation: training.gradient_accumulation,
        maxGradientNorm: training.max_grad_norm === 0 ? undefined : training.max_grad_norm,
        watched: { ...watched, patience: training.early_stopping?.patience },
        keepBest: training.keep_best,
        evaluateOnStart: training.eval_on_start,
      },
      {
        folder: context.folder,
        id: record.id,
        resume: context.resume,
        assertHeld: () => context.assertHeld?.(),
        report: reportTo((event) => context.emit(event)),
        poll: () => context.poll(),
      },
    );
    const { tunedStep, ...outcome } = await loop.run();
    context.assertHeld?.();
    const origin = { run: record.id, step: tunedStep };
    await keep(context.folder, executor, {
      origin,
      config,
      model,
      methods,
      task,
      labels,
      outputs,
      outline: weights.outline,
    });
    return outcome;
  } finally {
    await executor.close();
    data.close();
  }
}

/** Looks for a GPU; where none can be, every attempt of the run stays on the CPU. */
function searchDevice({ folder, trainer }: WorkContext): DeviceSearch | undefined {
  if (trainer && mayHaveGpu(process.platform, process.env, existsSync)) return new DeviceSearch(trainer);
  chooseEngine(folder, { device: 'cpu' });
  return undefined;
}

/** Settles `device: auto`, says so, and has every later attempt of the run go on with it. */
async function settleDevice(
  context: WorkContext,
  search: DeviceSearch,
  request: Parameters<DeviceSearch['settle']>[0],
): Promise<OnnxDevice> {
  const { device, reason } = await search.settle(request);
  chooseEngine(context.folder, { device });
  context.emit({
    type: 'note',
    time: new Date().toISOString(),
    code: 'device',
    message: `device: auto takes ${device}: ${reason}`,
  });
  return device;
}

/** The metric that `keep_best` and early stopping go by. @throws RunInputError when an evaluation does not give it */
function watchedMetric(task: Task, labels: LabelNames, named: string | null) {
  const metrics: readonly string[] = ['loss', ...metricsFor(task, labels)];
  if (named !== null && !metrics.includes(named)) {
    const rule = `must be one of ${metrics.join(', ')} with these labels, got ${named}`;
    throw new RunInputError(`training.early_stopping.metric: ${rule}; start a run with one of them`);
  }
  const name = named ?? metrics[1]!;
  return { name, direction: isLowerBetter(name) ? 'lower' : 'higher' } as const;
}

/** A run goes on only with the rows it began with. @throws RunInputError · DataError */
async function demandSameData(record: RunRecord, config: ResolvedConfig): Promise<void> {
  for (const split of ['train', 'validation', 'test'] as const) {
    const data = config.data[split];
    const expected = record.dataHashes[split];
    if (!data || expected === undefined) continue;
    const file = resolve(record.baseFolder, data.file);
    if ((await splitHash(data, config.data, record.baseFolder, findTask(config.task), () => {})) !== expected) {
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
    readonly origin: NonNullable<TunedModel['origin']>;
    readonly config: ResolvedConfig;
    readonly model: ModelFolder;
    readonly methods: readonly ConfiguredMethod[];
    readonly task: KnownTask;
    readonly labels: LabelNames;
    readonly outputs: number;
    readonly outline: ModelOutline;
  },
): Promise<void> {
  const { origin, model, task, labels, outputs, config } = run;
  const { values } = await executor.read();
  const stored = storedForm(run.outline, run.methods, values);
  await writeAdapter(join(folder, runFiles.adapter), {
    model,
    modelName: config.model,
    task: task.name,
    head: task.head,
    labels,
    outputs,
    origin,
    ...stored,
  });
}
