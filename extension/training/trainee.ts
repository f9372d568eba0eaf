import { tokensAtOnce } from '../data/batches/divideBatch.ts';
import type { RunSplits } from '../data/batches/runData.ts';
import {
  type Device,
  type Engine,
  kindOf,
  type OpenOptions,
  type Session,
  type TrainingProgram,
  type TrainingSession,
} from '../engines/engine.ts';
import type { DeviceSearch } from '../engines/trials/deviceSearch.ts';
import { topological } from '../graph/node.ts';
import { printGraph } from '../graph/print.ts';
import type { NumberUnit } from '../numbers/numberUnit.ts';
import { collator } from './collator.ts';
import type { WatchedMetric } from './loop/bestValue.ts';
import type { Trainee } from './loop/loop.ts';
import type { Report } from './loop/report.ts';
import type { RunPlan } from './plan/plan.ts';
import { allFrozen, firstValues, trainingProgram, untunedGraph } from './plan/tuning.ts';
import type { BackboneChoice } from './settleBackbone.ts';
import { settleEngine } from './settleEngine.ts';
import { fewRows } from './someRows.ts';
import { tokenStart } from './tokenStart.ts';
import { type PrefixValues, runBatches } from './trunk/runBatches.ts';
import { type RowsOfRun, splitKey } from './trunk/runRows.ts';
import type { Trunk } from './trunk/trunk.ts';

/** A planned run with its rows, and the engine that is to compute it. */
interface PlannedRun extends RowsOfRun {
  readonly plan: RunPlan;
  readonly unit: NumberUnit;
  readonly splits: RunSplits;
  readonly engine: Engine;
  readonly search: DeviceSearch | undefined;
  /** Undefined: the engine's choice. */
  readonly threads: number | undefined;
  readonly folder: string;
  /** What an earlier attempt settled the backbone as. */
  readonly recorded: BackboneChoice | undefined;
  readonly report: Report;
}

/** Opens a planned run in its engine. */
export async function openTrainee(
  run: PlannedRun,
  watched: WatchedMetric,
  trunk: Trunk,
): Promise<Trainee & { close(): Promise<void> }> {
  const { plan, config, engine, splits, task, labels } = run;
  const { tuning, timetable, batchesPerEpoch, schedule } = plan;
  const { training } = config;
  const collated = collator(run, tuning.graphs.positionShift);
  const frozen = await plan.weights.frozen(tuning.frozen);
  const asked: OpenOptions = {
    threads: run.threads,
    precision: config.precision,
    compile: config.compile,
    expectedSteps: timetable.totalSteps,
  };
  const computed = await tokenStart(run, frozen, asked);
  const program = await trainingProgram(tuning, plan.weights, training.seed, {
    frozen,
    initial: await firstValues(tuning, plan.weights, training.seed, computed),
  });
  const batches = runBatches(splits, batchesPerEpoch, collated).training;
  const untuned = untunedGraph(plan.weights, task);
  const { choice, checked } = await settleEngine(engine, run.search, {
    ...{ ...run, program, options: asked, batches },
    fewRows: (share) => collated(fewRows(splits.train, share), 0),
    // As the model is without methods, so that runs of all of them measure the same channels.
    sample: (batches = [1 / 4, 3 / 4].map((share) => collator(run, 0)(fewRows(splits.train, share), 0))) => ({
      forward: untuned,
      frozen: () => allFrozen(untuned, plan.weights, frozen),
      batches: batches.map(({ feeds }) => feeds),
    }),
    unseeded: () => firstValues(tuning, plan.weights, 0, computed),
  });
  const options = { ...asked, ...choice };
  const { training: graph, evaluation } = plan.graphs;
  const isOnProcessor = engine.name === 'onnx' && kindOf(options.device ?? 'auto') === 'cpu';
  const mostTokens = isOnProcessor ? tokensAtOnce(run.model.dimensions, program.training) : Number.POSITIVE_INFINITY;
  const session = await openSession(run, { ...program, training: graph, evaluation }, options, checked);
  /** Opened when first needed: another run may have filled the cache. */
  let prefix: Promise<Session<'frozenPrefix'>> | undefined;
  const values: PrefixValues | undefined = plan.cache && {
    ...plan.cache,
    compute: async (feeds) => {
      prefix ??= engine.open({ frozenPrefix: plan.cache!.prefix }, frozen, options);
      return (await (await prefix).run('frozenPrefix', feeds)).outputs;
    },
    share: (split, limitBytes, make) => {
      const key = cacheKey(run, choice, split, limitBytes);
      return key === undefined ? make() : trunk.cache(key, plan.cache!.limitBytes, make);
    },
  };
  return {
    session,
    stagesAhead: engine.capabilities.stagesAhead,
    trainable: tuning.trainable,
    groups: tuning.groups,
    ...runBatches(splits, batchesPerEpoch, collated, { values, mostTokens }),
    evaluator: () => task.evaluator(labels),
    lossUnit: run.unit.deviation ** 2,
    timetable,
    schedule,
    gradientAccumulation: training.gradient_accumulation,
    maxGradientNorm: training.max_grad_norm === 0 ? undefined : training.max_grad_norm,
    watched,
    keepBest: training.keep_best,
    evaluateOnStart: training.eval_on_start,
    async close() {
      await session.close();
      await (await prefix)?.close();
    },
  };
}

/** Goes on in the session that was checked, where that has the run's graphs: opening a large model takes seconds. */
async function openSession(
  { plan, engine }: PlannedRun,
  program: TrainingProgram,
  options: OpenOptions,
  checked: TrainingSession | undefined,
): Promise<TrainingSession> {
  if (checked && !plan.cache) {
    await checked.write(program.initial);
    return checked;
  }
  await checked?.close();
  return await engine.openTraining(program, options);
}

/** All that the cached values of a split depend on: prefix, weights, rows, batches, and how they are computed. */
function cacheKey(
  run: PlannedRun,
  choice: BackboneChoice & { readonly device: Device },
  split: 'train' | 'validation',
  limitBytes: number,
): string | undefined {
  const { plan, config, engine, model } = run;
  const { data, training, threads, precision } = config;
  const rows = splitKey(run, data[split] ?? data.train);
  if (rows === undefined) return undefined;
  const { batch_size, seed } = training;
  // The seed draws the rows that are set aside, and tensors that begin at random.
  const isSeeded = data.validation === null || readsFresh(plan);
  const drawn = isSeeded ? [seed, data.validation_split] : null;
  const batches = [split === 'validation' ? batch_size : null, limitBytes, drawn];
  const computed = [
    engine.name,
    choice,
    threads,
    precision,
    plan.timetable.totalSteps,
    plan.tuning.graphs.positionShift,
  ];
  return JSON.stringify([split, printGraph(plan.cache!.prefix), model.folder, rows, batches, computed]);
}

/** Whether the prefix reads a tensor that begins at random. */
function readsFresh({ cache, weights }: RunPlan): boolean {
  const fresh = new Set(weights.fresh.map(({ spec }) => spec.name));
  return topological(Object.values(cache!.prefix.outputs)).some(
    (node) => node.op === 'parameter' && fresh.has(node.attributes.name),
  );
}
