import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeAdapter } from '../checkpoint/adapterFolder.ts';
import type { ModelWeights } from '../checkpoint/modelFolder.ts';
import { storedForm, withDrawn } from '../checkpoint/tunedModel.ts';
import { runFiles } from '../contract/run.ts';
import { codeVersion } from '../contract/version.ts';
import type { OpenWork, WorkContext, WorkOutcome } from '../runs/control/work.ts';
import { readEngineChoice } from '../runs/folder/engineChoice.ts';
import { jobThreads } from '../slurm/ownJob.ts';
import { findTask } from '../tasks/registry.ts';
import { classPriors, withPriors } from './classPriors.ts';
import { inFileUnit, settleUnit, weightsIn } from './learnedUnit.ts';
import { TrainingLoop } from './loop/loop.ts';
import { reportTo } from './loop/report.ts';
import { planRun } from './plan/plan.ts';
import { runBase } from './prepare/runBase.ts';
import { configOf } from './prepare/runConfig.ts';
import { settleSelection } from './selection.ts';
import { searchDevice } from './settleEngine.ts';
import { openTrainee } from './trainee.ts';
import { openRows } from './trunk/runRows.ts';
import { Trunk } from './trunk/trunk.ts';
import { watchedMetric } from './watchedMetric.ts';

/** What a worker process does with one run after another, on one trunk. */
export async function openWork(): Promise<OpenWork> {
  const trunk = new Trunk();
  return {
    async work(context) {
      try {
        return await train(context, trunk);
      } finally {
        trunk.endRun();
      }
    },
    close: () => trunk.close(),
  };
}

/** Trains one run, or goes on with it, in this process. */
async function train(context: WorkContext, trunk: Trunk): Promise<WorkOutcome> {
  const { folder, record, resume, until } = context;
  const report = reportTo((event) => context.emit(event));
  /** Reports what a resumed run has reported before. */
  const note = (code: string, message: string | undefined): void => {
    if (message !== undefined && !resume) report({ type: 'note', code, message });
  };
  const { backbone, outliers, base: _, ...choice } = readEngineChoice(folder);
  const recorded = backbone && { backbone, outliers };
  const { config, methods: written } = configOf(record, choice);
  const threads = config.threads ?? context.threads ?? jobThreads();
  /** What is open, the last one first. */
  const open: { close(): unknown }[] = [];
  const opened = <T extends { close(): unknown } | undefined>(one: T): T => {
    if (one) open.unshift(one);
    return one;
  };
  try {
    const engine = await trunk.engine(config, record.baseFolder);
    const search = opened(searchDevice(engine, config, context));
    report({
      type: 'hello',
      version: 1,
      run: record.id,
      pid: process.pid,
      codeVersion,
      executor: engine.name,
      // Settled a moment later where there may be a GPU, and then reported by a note.
      device: search || engine.device !== 'auto' ? engine.device : 'cpu',
      ...(threads === undefined ? {} : { threads }),
    });
    const model = await trunk.model(await runBase({ runFolder: folder, record, config }, () => {}));
    const tokenizer = await trunk.tokenizer(model);
    const task = findTask(config.task);
    const { labels } = record;
    const watched = watchedMetric(task, labels, config);
    if (task.special) note(task.special.code, task.special.note(labels));
    const inputs = { record, config, model, tokenizer, task, labels };
    const splits = opened(
      await openRows(trunk, inputs, (code, message) =>
        code === 'cut-rows' ? note(code, message) : report({ type: 'warning', code, message }),
      ),
    );
    const unit = settleUnit({ ...inputs, folder, splits }, config.training.batch_size);
    // A checkpoint holds the head as it is by now.
    const hasBegun = existsSync(join(folder, runFiles.last));
    const priors = hasBegun ? undefined : classPriors(inputs, splits, config.training.batch_size);
    const asLearned = (weights: ModelWeights): ModelWeights => withPriors(priors, weightsIn(unit, weights));
    const learned = { ...inputs, task: task.learnedIn?.(unit) ?? task };
    const caches = engine.capabilities.feedsInPlace;
    const options = { threads, precision: config.precision };
    const methods = await settleSelection({
      ...learned,
      asLearned,
      methods: written,
      splits,
      engine,
      folder,
      options,
      note,
    });
    const planned = planRun({ ...learned, methods, trainingRows: splits.train.size, caches });
    const plan = { ...planned, weights: asLearned(planned.weights) };
    note('head', plan.weights.headText);
    const run = { ...learned, unit, plan, splits, engine, search, threads, folder, recorded, report };
    const trainee = opened(await openTrainee(run, watched, trunk));
    const assertHeld = (): void => context.assertHeld?.();
    const attempt = { folder, id: record.id, resume, until, assertHeld, report, mustStop: () => context.mustStop() };
    const { tunedStep, ...outcome } = await new TrainingLoop(trainee, attempt).run();
    assertHeld();
    await writeAdapter(join(folder, runFiles.adapter), {
      ...{ model, modelName: config.model, task: task.name, head: task.head, labels, outputs: plan.weights.outputs },
      origin: { run: record.id, step: tunedStep },
      ...storedForm(
        plan.weights.outline,
        methods,
        inFileUnit(unit, plan.weights, await withDrawn(plan.weights, (await trainee.session.read()).values)),
      ),
    });
    return outcome;
  } finally {
    for (const one of open) await one.close();
  }
}
