import path from 'node:path';
import type { RunState } from '../../contract/run.ts';
import { judgingOf } from '../../experiments/verdict/judging.ts';
import { isLowerBetter } from '../../metrics/registry.ts';
import { byTurn } from '../../runs/control/queue.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { shortMetric } from '../../view/figures.ts';
import { ratesText } from '../../view/flatConfig.ts';
import { keptValue } from '../../view/keptValue.ts';
import { oneLine } from '../../view/oneLine.ts';
import { filterOf } from '../../view/runFilter.ts';
import { dataName, experimentName, modelName, runTitle } from '../../view/runNames.ts';

export const groupings = [
  'state',
  'experiment',
  'method',
  'model',
  'data',
  'tag',
  'seed',
  'rate',
  'folder',
  'none',
] as const;
export type Grouping = (typeof groupings)[number];

export const orders = ['newest', 'oldest', 'best', 'tunable', 'name'] as const;
export type Order = (typeof orders)[number];

/** How the run explorer lists runs. */
export interface RunView {
  readonly grouping: Grouping;
  readonly order: Order;
  /** Words that all have to be found; `tag:x`, `state:x`, `method:x` look in one place. */
  readonly filter: string;
}

export interface RunGroup {
  /** Stable across refreshes; empty for the one group of an ungrouped list. */
  readonly key: string;
  readonly title: string;
  /** `12 · acc 84.3` */
  readonly description: string;
  readonly runs: readonly RunEntry[];
}

/** States in the order in which they matter, with the heading of their group. */
const stateGroups: readonly { readonly title: string; readonly states: readonly RunState[] }[] = [
  { title: 'Running', states: ['running'] },
  { title: 'Queued', states: ['queued'] },
  { title: 'Failed or died', states: ['failed', 'died'] },
  { title: 'Unknown', states: ['unknown'] },
  { title: 'Stopped', states: ['stopped'] },
  { title: 'Finished', states: ['finished'] },
];

const titleOf: { readonly [G in Grouping]: (entry: RunEntry) => string } = {
  state: ({ state }) => stateGroups.find(({ states }) => states.includes(state))!.title,
  experiment: experimentName,
  method: ({ record }) => record.methods,
  model: modelName,
  data: dataName,
  tag: ({ notes }) => notes.tags.map((tag) => `#${oneLine(tag)}`).join(' ') || 'No tag',
  seed: ({ record }) => `Seed ${record.seed}`,
  rate: ratesText,
  folder: ({ record }) => path.basename(record.baseFolder),
  none: () => '',
};

/** Filters, sorts and groups runs; pinned ones come first in their group, and groups of pinned ones are not moved. */
export function groupRuns(runs: readonly RunEntry[], view: RunView): readonly RunGroup[] {
  const matches = filterOf(view.filter);
  const compare = comparisons[view.order](runs);
  const sorted = runs
    .filter(matches)
    .sort((a, b) => Number(b.notes.pinned) - Number(a.notes.pinned) || compare(a, b) || (a.id < b.id ? 1 : -1));
  const groups = new Map<string, RunEntry[]>();
  if (view.grouping === 'state') for (const { title } of stateGroups) groups.set(title, []);
  for (const entry of sorted) {
    const title = titleOf[view.grouping](entry);
    const members = groups.get(title) ?? [];
    members.push(entry);
    groups.set(title, members);
  }
  // However runs are sorted, those that wait stand in the order in which they start.
  if (view.grouping === 'state') groups.get('Queued')?.sort(byTurn);
  return [...groups]
    .filter(([, members]) => members.length > 0)
    .map(([title, members]) => ({ key: title, title, description: groupDescription(members), runs: members }));
}

function groupDescription(runs: readonly RunEntry[]): string {
  const best = bestRun(runs);
  return best === undefined ? String(runs.length) : `${runs.length} · ${shortMetric(best.name, best.value)}`;
}

/** The run with the best value of the metric that most are judged by, where all were judged on the same rows. */
export function bestRun(
  runs: readonly RunEntry[],
): { readonly run: RunEntry; readonly name: string; readonly value: number } | undefined {
  const figures = runs.flatMap((run) => {
    const figure = keptValue(run);
    // What is not a number beats nothing, and nothing beats it.
    return figure === undefined || !Number.isFinite(figure.value) ? [] : [{ run, ...figure }];
  });
  const tally = new Map<string, number>();
  for (const { name } of figures) tally.set(name, (tally.get(name) ?? 0) + 1);
  const name = [...tally].sort(([, a], [, b]) => b - a)[0]?.[0];
  if (name === undefined) return undefined;
  const rows = new Set(figures.map(({ run }) => judgingOf(run.record, name, 'validation').rows));
  if (rows.size > 1) return undefined;
  const sign = isLowerBetter(name) ? -1 : 1;
  const own = figures.filter((figure) => figure.name === name);
  return own.reduce((best, figure) => (sign * figure.value > sign * best.value ? figure : best));
}

type Comparison = (a: RunEntry, b: RunEntry) => number;

const newest: Comparison = (a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

const comparisons: { readonly [O in Order]: (runs: readonly RunEntry[]) => Comparison } = {
  newest: () => newest,
  oldest: () => (a, b) => newest(b, a),
  best: bestFirst,
  tunable: () => (a, b) => a.record.counts.method - b.record.counts.method,
  name: () => (a, b) => runTitle(a).localeCompare(runTitle(b)),
};

/**
 * Runs that were judged alike stand together, the best first; those with the newest run in front, those without a figure
 * last.
 */
function bestFirst(runs: readonly RunEntry[]): Comparison {
  const places = new Map<string, number>();
  const standing = new Map<RunEntry, readonly [place: number, value: number]>();
  for (const run of [...runs].sort(newest)) {
    const figure = keptValue(run);
    if (figure === undefined) continue;
    const { source } = judgingOf(run.record, figure.name, 'validation');
    const place = places.get(source) ?? places.size;
    places.set(source, place);
    const cost = isLowerBetter(figure.name) ? figure.value : -figure.value;
    standing.set(run, [place, Number.isNaN(cost) ? Number.POSITIVE_INFINITY : cost]);
  }
  const last = [places.size, 0] as const;
  return (a, b) => {
    const [[place, value], [otherPlace, otherValue]] = [standing.get(a) ?? last, standing.get(b) ?? last];
    return place - otherPlace || value - otherValue;
  };
}
