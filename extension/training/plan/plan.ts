import { type ModelFolder, type ModelWeights, modelWeights } from '../../checkpoint/modelFolder.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import { scheduleFactor } from '../../engines/optimizers/schedule.ts';
import type { Graph } from '../../graph/value.ts';
import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import type { KnownTask } from '../../tasks/registry.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import { type Timetable, timetable } from '../loop/timetable.ts';
import { cacheLimitBytes, cutAtPrefix } from './frozenPrefix.ts';
import { planTuning, type Tuning, tuningOptions } from './tuning.ts';

/** What a run is planned from: a config, its model, and how many rows there are. */
interface PlanRequest {
  readonly config: ResolvedConfig;
  readonly methods: readonly ConfiguredMethod[];
  readonly model: ModelFolder;
  readonly task: KnownTask;
  readonly labels: LabelNames;
  readonly trainingRows: number;
  /** Whether an activation cache pays with the engine. */
  readonly caches: boolean;
}

/** A run as it will be, before a value is read or computed: `estimate` prices it, training executes it. */
export interface RunPlan {
  readonly weights: ModelWeights;
  readonly tuning: Tuning;
  readonly batchesPerEpoch: number;
  readonly timetable: Timetable;
  /** Learning-rate factor at a step, from 1. */
  readonly schedule: (step: number) => number;
  /** As the engine opens them: without the frozen prefix where its values are cached. */
  readonly graphs: { readonly training: Graph; readonly evaluation: Graph };
  /** The frozen prefix whose values are cached, and how many bytes of them; absent: nothing is. */
  readonly cache: { readonly prefix: Graph; readonly limitBytes: number } | undefined;
}

/** @throws MethodError when the union does not fit the model · CheckpointError when its weights do not */
export function planRun({ config, methods, model, task, labels, trainingRows, caches }: PlanRequest): RunPlan {
  const { training } = config;
  const outputs = task.outputs(labels, model.dimensions.vocabulary);
  const weights = modelWeights(model, { head: task.head, outputs, labels, seed: training.seed });
  const tuning = planTuning(weights, tuningOptions(config, methods, task));
  const batchesPerEpoch = Math.ceil(trainingRows / training.batch_size);
  const steps = timetable(batchesPerEpoch, training);
  const { totalSteps } = steps;
  const warmupSteps = Math.ceil(training.warmup_ratio * totalSteps);
  const limitBytes = caches ? cacheLimitBytes(config, task) : 0;
  const cut = limitBytes > 0 ? cutAtPrefix(tuning.graphs, steps) : undefined;
  return {
    weights,
    tuning,
    batchesPerEpoch,
    timetable: steps,
    schedule: (step) => scheduleFactor({ name: training.lr_scheduler, warmupSteps, totalSteps }, step - 1),
    graphs: cut ?? tuning.graphs,
    cache: cut && { prefix: cut.prefix, limitBytes },
  };
}
