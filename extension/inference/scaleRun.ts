import { frozenStart, type StartTensor } from '../checkpoint/scaleTuned.ts';
import { partsOf } from '../checkpoint/tunedModel.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import type { ScaleCurve } from '../contract/scale.ts';
import { collate } from '../data/batches/collate.ts';
import { dividedBatch } from '../data/batches/divideBatch.ts';
import type { RowBatches } from '../data/batches/rowBatches.ts';
import type { RunSplits } from '../data/batches/runData.ts';
import { withNamesOfFile } from '../data/rows/labelNames.ts';
import { columnsOf } from '../data/rows/splitIndex.ts';
import { splitLike } from '../data/rows/splits.ts';
import { onlyOf, tunedCount } from '../methods/declaration/chosenNumbers.ts';
import { modulesOf } from '../methods/entries/entries.ts';
import { UserError } from '../problems/userError.ts';
import { readEngineChoice } from '../runs/folder/engineChoice.ts';
import { findTask } from '../tasks/registry.ts';
import type { WatchedMetric } from '../training/loop/bestValue.ts';
import { startName } from '../training/plan/program.ts';
import { openRows } from '../training/trunk/runRows.ts';
import { Trunk } from '../training/trunk/trunk.ts';
import { watchedMetric } from '../training/watchedMetric.ts';
import { withoutSettings } from './fileRows.ts';
import { masked } from './masked.ts';
import { evaluationGraph, openTunedGraphs } from './tunedGraphs.ts';
import { type LoadedRun, loadTunedRun, type TunedOptions } from './tunedRun.ts';

interface ScaleRequest extends Pick<TunedOptions, 'allowOtherBase'> {
  /** λ of each point. */
  readonly scales: readonly number[];
  /** Rows in the format of the config; default: those that the run was validated on. */
  readonly data?: string | undefined;
}

/**
 * Scores of a finished run with what it tuned at start + λ·change, for several λ: nothing is trained. One session, in
 * which λ is an input, with the backbone in bytes where the run had it so: at 1 the score is the run's own. Each batch is
 * computed for every λ before the next is read.
 * @throws UserError when nothing can be scaled, or there are no rows to judge it by
 */
export async function scaleRun(
  runFolder: string,
  { scales, data, ...options }: ScaleRequest,
  report: ReportProgress,
): Promise<ScaleCurve> {
  const started = performance.now();
  const run = await loadTunedRun(runFolder, report, options);
  const { task, tuned, padding, config } = run;
  const starts = await frozenStart(tuned);
  const { rows, file, close } = await rowsToJudge(run, data, report);
  const batches = Math.ceil(rows.size / config.training.batch_size);
  const graph = evaluationGraph(tuned, task, new Set(starts.keys()));
  const more = new Map([...starts].map(([name, start]) => [startName(name), { kind: 'memory', ...start } as const]));
  const { backbone = config.backbone === 'int8' ? 'int8' : 'fp32', outliers } = readEngineChoice(runFolder);
  const untuned = untunedOf(run);
  const opening = { more, untuned, backbone, outliers, expectedSteps: batches * scales.length };
  const session = await openTunedGraphs(tuned, { evaluation: graph }, opening);
  const points = scales.map((scale) => ({ scale, evaluator: task.evaluator(tuned.labels), loss: 0 }));
  let [items, done] = [0, 0];
  try {
    for (const { examples } of evaluated(rows, run)) {
      const batch = collate(
        examples.map((example) => masked(run, example)),
        task,
        padding,
      );
      for (const point of points) {
        const scale = { dtype: 'f32', shape: [], data: Float32Array.of(point.scale) } as const;
        const { outputs } = await session.run('evaluation', { ...batch.feeds, scale });
        point.loss += Number(outputs.loss!.data[0]);
        point.evaluator.add(batch.examples, outputs);
      }
      items += batch.labelledItems;
      done += examples.length;
      report(`evaluating ${scales.length} scales`, done, rows.size, 'rows');
    }
  } finally {
    close();
    await session.close();
  }
  const judged = points.map(({ scale, evaluator, loss }) => {
    return { scale, metrics: { loss: loss / items, ...evaluator.metrics(loss / items) } };
  });
  const watched = watchedMetric(task, tuned.labels, config);
  return {
    rows: done,
    file,
    seconds: (performance.now() - started) / 1000,
    ...termsOf(run, starts),
    metric: watched.name,
    best: bestOf(judged, watched),
    points: judged,
  };
}

/** What is kept, as a pooler that no file has, though the run left it as it was drawn. */
function untunedOf({ tuned, config }: LoadedRun): ReadonlySet<string> {
  const { unfrozen, added, pooler, head } = partsOf(tuned);
  const trained = [...unfrozen, ...added, ...head, ...(config.train_pooler ? pooler : [])];
  const names = new Set(trained.map(({ name }) => name));
  return new Set([...tuned.tensors.keys()].filter((name) => !names.has(name)));
}

function* evaluated(rows: RowBatches, { atOnce }: LoadedRun) {
  for (const batch of rows.inEvaluation()) yield* dividedBatch(batch, atOnce.tokens);
}

/** The rows of a file, or those that the run was validated on; no others are read where they have a file. */
async function rowsToJudge(run: LoadedRun, file: string | undefined, report: ReportProgress) {
  const { config, record, tuned } = run;
  const { baseFolder } = record;
  const data = config.data;
  const named =
    file === undefined ? data.validation : await withNamesOfFile(splitLike(config, baseFolder, file), baseFolder);
  if (named === null && data.validation_split === null) {
    throw new UserError(`${record.id}: was not validated on any rows; name a file of rows: --data FILE`);
  }
  // Opened in the place of the training rows, a file is the only one that is read.
  const alone = named && { ...data, train: named, validation: null, test: null, validation_split: null };
  const hash = file === undefined ? record.dataHashes.validation : undefined;
  const alike = {
    ...run,
    ...{ task: findTask(tuned.task), model: tuned.model, labels: tuned.labels },
    config: { ...config, data: alone ?? { ...data, test: null } },
    record: alone ? { ...record, dataHashes: hash === undefined ? {} : { train: hash } } : record,
  };
  report('reading rows', 0, undefined, 'rows');
  const splits: RunSplits = await openRows(new Trunk(), alike, () => {}).catch((error: unknown) => {
    const split = named ?? data.train;
    throw withoutSettings(error, split, columnsOf(split));
  });
  const rows: RowBatches = alone ? splits.train : splits.validation!;
  return { rows, file: named ? named.file : data.train.file, close: () => splits.close() };
}

/** Which methods' terms are scaled, how many numbers, and which methods stay as trained. */
function termsOf({ tuned }: LoadedRun, starts: ReadonlyMap<string, StartTensor>) {
  const { outline, methods } = partsOf(tuned);
  const entries = modulesOf(outline, methods);
  const only = onlyOf(entries);
  const each = entries.map(({ unfrozen, added }, i) => {
    const names = [...unfrozen, ...added].map(({ name }) => name);
    return { name: methods[i]!.method.name, tunes: names.length > 0, scales: names.some((name) => starts.has(name)) };
  });
  const named = (chosen: typeof each): string[] => [...new Set(chosen.map(({ name }) => name))];
  return {
    methods: named(each.filter(({ scales }) => scales)),
    kept: named(each.filter(({ scales, tunes }) => tunes && !scales)),
    numbers: [...starts].reduce((sum, [name, start]) => sum + tunedCount(start, only.get(name)), 0),
  };
}

/** λ of the best point; of equal ones the nearest to 1. */
function bestOf(points: ScaleCurve['points'], { name, direction }: Pick<WatchedMetric, 'name' | 'direction'>): number {
  const worth = ({ metrics }: ScaleCurve['points'][number]): number => {
    const value = metrics[name]!;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : direction === 'lower' ? -value : value;
  };
  const nearest = [...points].sort((a, b) => Math.abs(a.scale - 1) - Math.abs(b.scale - 1));
  return nearest.reduce((best, point) => (worth(point) > worth(best) ? point : best)).scale;
}
