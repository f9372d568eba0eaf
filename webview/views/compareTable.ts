import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { judgingOf } from '../../extension/experiments/verdict/judging.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import {
  formatDifference,
  formatPercent,
  formatQuantity,
  formatSpread,
  type Quantity,
} from '../../extension/view/figures.ts';
import { differingKeys, optionKeys } from '../../extension/view/flatConfig.ts';
import { groupBy } from '../../extension/view/groupBy.ts';
import { judgingMetrics, keptMetrics, testMetrics } from '../../extension/view/keptValue.ts';
import { meanAndDeviation } from '../../extension/view/meanAndDeviation.ts';
import { dataName, modelName, runName } from '../../extension/view/runNames.ts';
import { stateLooks } from '../../extension/view/runState.ts';
import { tellApart } from '../../extension/view/tellApart.ts';
import { lineGroups } from '../curves/curves.ts';
import { countedName } from '../curves/runText.ts';
import type { Memory } from '../page/memory.ts';
import { type PageState, shownRuns } from '../state/state.ts';

interface CompareColumn {
  readonly id: string;
  readonly title: string;
  readonly isNumber: boolean;
  readonly quantity: Quantity;
  /** Which end is best; null where none is. */
  readonly better: 'higher' | 'lower' | null;
  /** One run's value. */
  readonly of: (run: RunSnapshot) => number | string | null;
  /** What judged it: only where this is equal is one value better than another, or more. */
  readonly judgedBy: (run: RunSnapshot) => string;
}

interface CompareCell {
  readonly text: string;
  readonly exact: string;
  /** To sort by; null sorts last. */
  readonly value: number | string | null;
  readonly isBest: boolean;
}

interface CompareRow {
  readonly key: string;
  readonly runs: readonly RunSnapshot[];
  readonly isBaseline: boolean;
  readonly cells: readonly CompareCell[];
}

export interface CompareTable {
  readonly columns: readonly CompareColumn[];
  /** Those that are hidden now. */
  readonly hidden: readonly CompareColumn[];
  readonly rows: readonly CompareRow[];
}

/** Keys whose differences other columns tell already. */
const toldElsewhere = /^(methods|name|seed|training\.seed|model|task)(\.|$)/;

function text(id: string, title: string, of: CompareColumn['of']): CompareColumn {
  return { id, title, isNumber: false, quantity: 'plain', better: null, of, judgedBy: () => '' };
}

function number(
  id: string,
  title: string,
  quantity: Quantity,
  better: CompareColumn['better'],
  of: CompareColumn['of'],
  judgedBy: CompareColumn['judgedBy'] = () => '',
): CompareColumn {
  return { id, title, isNumber: true, quantity, better, of, judgedBy };
}

/** What a run costs is compared among runs of one task and its data, whichever rows their seeds draw. */
const costOf = ({ record }: RunSnapshot): string => judgingOf(record, '', 'validation').source;

/** A row's name, with the moment at which its run began where no column tells it from a row of the same name. */
function nameIn(groups: readonly (readonly RunSnapshot[])[]): (run: RunSnapshot) => string {
  const apart = tellApart(
    groups.map(([first]) => first!),
    runName,
  );
  const single = new Set(groups.filter((runs) => runs.length === 1).map(([run]) => run!));
  return (run) => {
    const moment = single.has(run) ? apart.get(run.record)?.moment : undefined;
    return moment === undefined ? runName(run) : `${runName(run)} · ${moment}`;
  };
}

function allColumns(groups: readonly (readonly RunSnapshot[])[], foldsSeeds: boolean): readonly CompareColumn[] {
  const runs = groups.flat();
  const differs = (of: (run: RunSnapshot) => string) => new Set(runs.map(of)).size > 1;
  const first = judgingMetrics(runs);
  const namesIn = (of: (run: RunSnapshot) => Readonly<Record<string, number>>) => {
    const all = new Set(runs.flatMap((run) => Object.keys(of(run))));
    return [...new Set([...first.filter((name) => all.has(name)), ...all])];
  };
  // Read once a run, not once a cell.
  const read = (of: (run: RunSnapshot) => Readonly<Record<string, number>>) => {
    const values = new Map(runs.map((run) => [run, of(run)]));
    return (run: RunSnapshot) => values.get(run)!;
  };
  const [kept, test] = [read(keptMetrics), read(testMetrics)];
  const metric = (prefix: string, name: string, of: (run: RunSnapshot) => Readonly<Record<string, number>>) => {
    const { title, quantity, direction } = metricOf(name);
    const [heading, split] =
      prefix === 'test' ? ([`test ${title}`, 'test'] as const) : ([title, 'validation'] as const);
    const value = (run: RunSnapshot) => (Object.hasOwn(of(run), name) ? of(run)[name]! : null);
    const rows = ({ record }: RunSnapshot) => judgingOf(record, name, split).rows;
    return number(`${prefix}:${name}`, heading, quantity, direction, value, rows);
  };
  const differing = [...differingKeys(runs.map(({ record }) => record))].filter(([key]) => !toldElsewhere.test(key));
  const indexOf = new Map(runs.map((run, index) => [run, index]));
  const configColumns = differing.map(([key, values]) => ({
    key,
    column: text(`config:${key}`, key, (run) => values[indexOf.get(run)!]!),
  }));
  // A method's options belong beside its name.
  const options = optionKeys(runs.map(({ record }) => record));
  const isOption = (key: string) => options.has(key);
  return [
    text('run', 'run', nameIn(groups)),
    text('state', 'state', (run) => stateLooks[run.state].word),
    ...(foldsSeeds ? [] : [number('seed', 'seed', 'count', null, (run) => run.record.seed)]),
    ...(differs((run) => run.record.model) ? [text('model', 'model', modelName)] : []),
    ...(differs(dataName) ? [text('data', 'data', dataName)] : []),
    ...configColumns.filter(({ key }) => isOption(key)).map(({ column }) => column),
    ...namesIn(kept).map((name) => metric('metric', name, kept)),
    ...namesIn(test).map((name) => metric('test', name, test)),
    number('tunable', 'tunable', 'count', 'lower', (run) => run.record.counts.method, costOf),
    number('head', 'head', 'count', null, (run) => run.record.counts.head),
    number('percent', 'share', 'plain', null, (run) => run.record.counts.percent),
    number('time', 'time', 'seconds', 'lower', (run) => run.summary?.elapsedSeconds ?? null, costOf),
    number('memory', 'memory', 'bytes', 'lower', (run) => run.summary?.memoryPeakBytes ?? null, costOf),
    ...configColumns.filter(({ key }) => !isOption(key)).map(({ column }) => column),
  ];
}

/** Dragged columns first to last where they were put; new ones keep their natural place behind their neighbours. */
function orderedColumns<T extends { readonly id: string }>(
  columns: readonly T[],
  order: readonly string[],
): readonly T[] {
  const place = new Map(order.map((id, index) => [id, index]));
  let last = -1;
  const keyed = columns.map((column, index) => {
    last = place.get(column.id) ?? last;
    return { column, place: place.get(column.id) ?? last + 0.5, index };
  });
  return keyed.sort((a, b) => a.place - b.place || a.index - b.index).map(({ column }) => column);
}

function formatted(value: number, column: CompareColumn): string {
  return column.id === 'percent' ? formatPercent(value) : formatQuantity(value, column.quantity);
}

interface Statistic {
  readonly mean: number;
  readonly deviation: number;
  readonly count: number;
}

function statisticOf(column: CompareColumn, runs: readonly RunSnapshot[]): Statistic | null {
  const values = runs.map(column.of).filter((value) => typeof value === 'number');
  return values.length === 0 ? null : { ...meanAndDeviation(values), count: values.length };
}

/** What judged runs that differ in the seed alone: each seed may draw rows of its own. */
const judgedBy = (column: CompareColumn, runs: readonly RunSnapshot[]): string =>
  [...new Set(runs.map(column.judgedBy))].sort().join('\n');

/** A number that a config tells as text is sorted as a number: 5e-4 before 0.003. What is not set is sorted last. */
function sortValue(shown: string): CompareCell['value'] {
  if (shown === '') return null;
  const value = Number(shown);
  return shown.trim() === '' || !Number.isFinite(value) ? shown : value;
}

function cellOf(
  column: CompareColumn,
  runs: readonly RunSnapshot[],
  baseline: readonly RunSnapshot[] | null,
): Omit<CompareCell, 'isBest'> {
  if (!column.isNumber) {
    const texts = [...new Set(runs.map((run) => String(column.of(run) ?? '')))];
    const shown = texts.join(', ');
    return { text: column.id === 'run' ? countedName(shown, runs) : shown, exact: shown, value: sortValue(shown) };
  }
  const statistic = statisticOf(column, runs);
  if (!statistic) return { text: '–', exact: '', value: null };
  const { mean, deviation, count } = statistic;
  const hasBase = baseline && baseline !== runs && column.id !== 'seed';
  const isAlike = hasBase && judgedBy(column, baseline) === judgedBy(column, runs);
  const base = isAlike ? statisticOf(column, baseline) : null;
  const withSpread = deviation > 0 && !base;
  const main = base ? formatDifference(mean - base.mean, column.quantity) : formatted(mean, column);
  const shown = withSpread ? formatSpread(mean, deviation, column.quantity) : main;
  return {
    text: count < runs.length ? countedName(shown, runs, count) : shown,
    exact: withSpread ? `${mean} ± ${deviation}` : String(base ? mean - base.mean : mean),
    value: Number.isNaN(mean) ? null : mean,
  };
}

function compare(a: CompareCell['value'], b: CompareCell['value']): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function isCost({ id }: CompareColumn): boolean {
  return id === 'time' || id === 'memory';
}

/**
 * Rows that hold the best value of a column among those that were judged alike.
 * @param values one a row; null for what does not contend
 */
function bestRows(
  column: CompareColumn,
  groups: readonly (readonly RunSnapshot[])[],
  values: readonly (number | null)[],
): ReadonlySet<number> {
  if (column.better === null) return new Set();
  const pick = column.better === 'higher' ? Math.max : Math.min;
  const contenders = values.flatMap((value, row) => (value === null ? [] : [{ value, row }]));
  const alike = groupBy(contenders, ({ row }) => judgedBy(column, groups[row]!));
  const rows = alike.flatMap((rivals) => {
    const best = pick(...rivals.map(({ value }) => value));
    // One run is not the best of anything, nor is any of equals.
    const isDecided = rivals.some(({ value }) => value !== best);
    return isDecided ? rivals.filter(({ value }) => value === best).map(({ row }) => row) : [];
  });
  return new Set(rows);
}

/**
 * The overlaid runs as a table, seeds folded where chosen, differences to the baseline where one is chosen. The same object
 * as before while nothing in it changed.
 */
export function compareTable(state: PageState, memory: Memory): CompareTable {
  const { foldsSeeds, columnOrder, hiddenColumns, baseline, sort } = state.choices;
  const shown = shownRuns(state).flatMap((run) => [...[run.record, run.state, run.summary, run.notes, run.seedGroup]]);
  const key = [foldsSeeds, columnOrder, hiddenColumns, baseline, sort, ...shown];
  return memory.recall('comparison', key, () => buildTable(state));
}

function buildTable(state: PageState): CompareTable {
  const { choices } = state;
  const groups = lineGroups(state);
  const columns = orderedColumns(allColumns(groups, choices.foldsSeeds), choices.columnOrder);
  const shown = columns.filter(({ id }) => id === 'run' || !choices.hiddenColumns.includes(id));
  const baseline = groups.find((runs) => runs.some((run) => run.record.id === choices.baseline)) ?? null;
  const cells = groups.map((runs) => shown.map((column) => cellOf(column, runs, baseline)));
  // The cost of a run is known at its end: a run that goes on does not contend.
  const contender = (row: number, index: number) => {
    const { value } = cells[row]![index]!;
    const isOut = isCost(shown[index]!) && groups[row]!.some((run) => run.state !== 'finished');
    return typeof value === 'number' && !isOut ? value : null;
  };
  const bests = shown.map((column, index) =>
    bestRows(
      column,
      groups,
      groups.map((_, row) => contender(row, index)),
    ),
  );
  const rows = groups.map((runs, row) => ({
    key: runs.length > 1 ? runs[0]!.seedGroup : runs[0]!.record.id,
    runs,
    isBaseline: runs === baseline,
    cells: cells[row]!.map((cell, index) => ({ ...cell, isBest: bests[index]!.has(row) })),
  }));
  const { sort } = choices;
  const sortIndex = shown.findIndex(({ id }) => id === sort?.column);
  if (sort && sortIndex !== -1) {
    rows.sort((a, b) => {
      const [left, right] = [a.cells[sortIndex]!.value, b.cells[sortIndex]!.value];
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      return sort.isDescending ? compare(right, left) : compare(left, right);
    });
  }
  return { columns: shown, hidden: columns.filter((column) => !shown.includes(column)), rows };
}
