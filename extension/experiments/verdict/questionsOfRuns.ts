import type { JudgedSplit, RowOutcomesFile } from '../../contract/rowOutcomes.ts';
import type { RunRecord, RunState, RunSummary } from '../../contract/run.ts';
import { metricOf } from '../../metrics/registry.ts';
import { type RowKind, type RowOutcomes, rowColumns } from '../../metrics/rowOutcomes.ts';
import { type Judging, judgingOf } from './judging.ts';
import type { ArmRun, ArmRuns, Question } from './question.ts';
import { rowScore } from './rowScore.ts';
import { titlesApart } from './titlesApart.ts';

/** A run as it lies in its folder, with the arm that it belongs to. */
export interface RunResult {
  /** Name of its arm: of runs that differ in the seed alone. */
  readonly arm: string;
  readonly record: RunRecord;
  readonly state: RunState;
  readonly summary: RunSummary;
  /** How often it was evaluated on validation rows. */
  readonly evaluations: number;
  readonly outcomes: (split: JudgedSplit) => RowOutcomesFile | undefined;
}

/**
 * What runs answer: one question for each set of rows that judged some of them, in the order in which they come.
 * @param metricFor a run's metric, without the `test_` before its name
 */
export function questionsOfRuns(
  runs: readonly RunResult[],
  metricFor: (record: RunRecord) => string,
  reference: string | undefined,
): readonly Question[] {
  const groups = new Map<string, { readonly judging: Judging; readonly metric: string; readonly runs: RunResult[] }>();
  for (const run of runs) {
    const metric = metricFor(run.record);
    const judging = judgingOf(run.record, metric);
    const group = groups.get(judging.source) ?? { judging, metric, runs: [] };
    group.runs.push(run);
    groups.set(judging.source, group);
  }
  const sets = [...groups.values()];
  const titles = titlesApart(
    sets.map(({ judging, metric, runs }) => ({ ...judging, metric, since: runs[0]!.record.createdAt })),
  );
  return sets.map(({ judging, metric, runs }, index): Question => {
    const { split, isDrawn } = judging;
    const files = new Map(runs.map((run) => [run, run.outcomes(split)]));
    const kinds = [...files.values()].flatMap((file) => file?.kind ?? []).filter(isRowKind);
    const scoreOfRows = kinds[0] === undefined ? undefined : rowScore(metric, kinds[0]);
    const names = [...new Set(runs.map(({ arm }) => arm))];
    const arms = names.map((name) =>
      armOf(
        name,
        runs.filter(({ arm }) => arm === name),
        (run) => armRun(run, files.get(run), split, metric),
        metric,
      ),
    );
    const [{ record } = {}] = runs;
    return {
      title: titles[index]!,
      metric: metricOf(metric),
      arms,
      reference,
      split,
      ...(record && { record }),
      rowsDiffer: isDrawn,
      scoreOfRows,
    };
  });
}

/** Adapters hold float32. */
const bytesPerNumber = 4;

/** Of a seed that ran more than once, the run that has a result, the later of two. */
function armOf(
  name: string,
  all: readonly RunResult[],
  armRunOf: (result: RunResult) => ArmRun,
  metric: string,
): ArmRuns {
  const bySeed = new Map<number, { readonly created: string; readonly run: ArmRun }>();
  const repeated = new Set<number>();
  for (const result of all) {
    const { seed, createdAt: created } = result.record;
    const run = armRunOf(result);
    const known = bySeed.get(seed);
    if (known !== undefined) repeated.add(seed);
    const worse = known?.run.score === undefined;
    const later = run.score !== undefined && (known === undefined || created > known.created);
    if (known === undefined || worse || later) bySeed.set(seed, { created, run });
  }
  const runs = [...bySeed.values()].map(({ run }) => run).sort((a, b) => a.seed - b.seed);
  const { method, head } = all[0]!.record.counts;
  const keptBytes = bytesPerNumber * (method + head);
  const { tokens } = judgingOf(all[0]!.record, metric);
  const repeatedSeeds = [...repeated].sort((a, b) => a - b);
  return { name, runs, tunable: method, keptBytes, repeatedSeeds, ...(tokens && { tokens }) };
}

function armRun(
  { record, state, summary, evaluations }: RunResult,
  file: RowOutcomesFile | undefined,
  split: JudgedSplit,
  metric: string,
): ArmRun {
  const { keep_best, early_stopping } = record.config.training;
  const score = state === 'finished' ? summary.metrics[split === 'test' ? `test_${metric}` : metric] : undefined;
  return {
    seed: record.seed,
    score,
    state: state === 'finished' ? `has no ${metric}` : state,
    outcomes: score === undefined ? undefined : outcomesOf(file, metric, score),
    seconds: summary.elapsedSeconds,
    peakBytes: summary.memoryPeakBytes ?? undefined,
    evaluations: keep_best === false ? 1 : evaluations,
    ...(early_stopping != null && { stopsEarly: true }),
  };
}

const isRowKind = (kind: string): kind is RowKind => Object.hasOwn(rowColumns, kind);

/** What a file says of the rows; undefined where it is not that of the score, whose weights may be newer. */
function outcomesOf(file: RowOutcomesFile | undefined, metric: string, score: number): RowOutcomes | undefined {
  if (file === undefined || !isRowKind(file.kind)) return undefined;
  const columns = rowColumns[file.kind].map((name) => file.columns[name] ?? []);
  const rows = columns[0]!.length;
  if (rows === 0 || columns.some(({ length }) => length !== rows)) return undefined;
  const values = Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]!)).flat();
  const run = { kind: file.kind, width: columns.length, values };
  const again = rowScore(metric, file.kind)?.([run])(new Uint8Array(rows).fill(1))[0];
  return again === undefined || Math.abs(again - score) > 1e-6 * Math.max(1, Math.abs(score)) ? undefined : run;
}
