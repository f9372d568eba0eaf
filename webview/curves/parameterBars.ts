import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { formatCount, formatMetric, formatPercent, headingOf } from '../../extension/view/figures.ts';
import { keptValue } from '../../extension/view/keptValue.ts';
import { meanAndDeviation } from '../../extension/view/meanAndDeviation.ts';
import type { TextTable } from '../../extension/view/tableText.ts';
import { countedName, groupNames } from './runText.ts';

/** Bars side by side: one row a run or a layer, one series a part. */
export interface Bars {
  readonly rows: readonly string[];
  /** `run` is the one in whose colour they are drawn, where they are of runs that differ only in seed. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[]; readonly run?: string }[];
  /** Printed behind each row's bar. */
  readonly ends: readonly string[];
}

/** Beyond this ratio the smaller bar would vanish on a linear axis. */
const logRatio = 50;

export function wantsLogAxis(runs: readonly RunSnapshot[]): boolean {
  const counts = runs.map((run) => run.record.counts.method).filter((count) => count > 0);
  return counts.length > 1 && Math.max(...counts) > logRatio * Math.min(...counts);
}

const barNames = (groups: readonly (readonly RunSnapshot[])[]): readonly string[] =>
  groupNames(groups).map((name, index) => countedName(name, groups[index]!));

/** Best metric of a run, or its mean over seeds, as printed at the bar's end: cost and benefit in one picture. */
function benefit(runs: readonly RunSnapshot[]): string {
  const bests = runs.map(keptValue).filter((best) => best !== undefined);
  const name = bests[0]?.name;
  const values = bests.filter((best) => best.name === name).map(({ value }) => value);
  if (name === undefined) return '';
  const mean = `${headingOf(name)} ${formatMetric(name, meanAndDeviation(values).mean)}`;
  return values.length < runs.length ? countedName(mean, runs, values.length) : mean;
}

/** Sites of a task's own tensors: what `counts.head` adds up. */
const headSites: ReadonlySet<string> = new Set(['pooler', 'head']);

/** `<method>/<site>` and how many weights the method tunes there; the head is a count of its own. */
const methodParts = ({ byComponent }: RunSnapshot['record']['counts']): readonly (readonly [string, number])[] =>
  Object.entries(byComponent).filter(([name]) => !headSites.has(name));

/**
 * By component; runs of a group differ only in seed, so they tune as much. Lengths that add up mean nothing on a log
 * axis, so there the method is one bar and the head another, side by side instead of stacked.
 */
export function componentBars(groups: readonly (readonly RunSnapshot[])[], hasLogAxis: boolean): Bars {
  const runs = groups.map((group) => group[0]!);
  const parts = hasLogAxis
    ? ['method']
    : [...new Set(runs.flatMap((run) => methodParts(run.record.counts).map(([name]) => name)))];
  const countOf = (run: RunSnapshot, part: string) =>
    hasLogAxis ? run.record.counts.method : (run.record.counts.byComponent[part] ?? 0);
  return {
    rows: barNames(groups),
    series: [
      ...parts.map((name) => ({ name, values: runs.map((run) => countOf(run, name)) })),
      { name: 'head', values: runs.map((run) => run.record.counts.head) },
    ].filter(({ values }) => values.some((value) => value > 0)),
    ends: groups.map(benefit),
  };
}

/** By layer without the head, top to bottom as drawn: the last layer first, the embedding last; one series a group. */
export function layerBars(groups: readonly (readonly RunSnapshot[])[]): Bars {
  const runs = groups.map((group) => group[0]!);
  const layers = new Set(
    runs.flatMap((run) => run.record.counts.byLayer.filter(({ method }) => method > 0).map(({ layer }) => layer)),
  );
  const rows = [...layers].reverse();
  const names = barNames(groups);
  const series = runs.map((run, index) => ({
    name: names[index]!,
    values: rows.map((layer) => run.record.counts.byLayer.find((row) => row.layer === layer)?.method ?? 0),
    run: groups[index]!.at(-1)!.record.id,
  }));
  return { rows, series: series.filter(({ values }) => values.some((value) => value > 0)), ends: [] };
}

export function barsTable(bars: Bars, rowTitle: string): TextTable {
  const hasEnds = bars.ends.some((end) => end !== '');
  return {
    columns: [
      { title: rowTitle, isNumber: false },
      ...bars.series.map(({ name }) => ({ title: name, isNumber: true })),
      ...(hasEnds ? [{ title: 'best', isNumber: false }] : []),
    ],
    rows: bars.rows.map((row, index) => [
      { text: row },
      ...bars.series.map(({ values }) => ({ text: formatCount(values[index]!), exact: String(values[index]) })),
      ...(hasEnds ? [{ text: bars.ends[index]! }] : []),
    ]),
  };
}

/** Every tuned tensor; by component where a run does not tell its tensors. */
export function tensorTable(run: RunSnapshot): TextTable {
  const { counts } = run.record;
  const share = (count: number) => ({
    text: formatPercent((100 * count) / counts.base),
    exact: String((100 * count) / counts.base),
  });
  if (run.tensors.length === 0) {
    const parts = [...methodParts(counts), ['head', counts.head] as const];
    return {
      columns: [
        { title: 'component', isNumber: false },
        { title: 'count', isNumber: true },
        { title: 'of base', isNumber: true },
      ],
      rows: parts.map(([name, count]) => [
        { text: name },
        { text: formatCount(count), exact: String(count) },
        share(count),
      ]),
    };
  }
  return {
    columns: [
      { title: 'name', isNumber: false },
      { title: 'component', isNumber: false },
      { title: 'site', isNumber: false },
      { title: 'shape', isNumber: true },
      { title: 'count', isNumber: true },
      { title: 'of base', isNumber: true },
    ],
    rows: run.tensors.map(({ name, component, site, shape, count }) => [
      { text: name },
      { text: component },
      { text: site },
      { text: shape.join(' × ') },
      { text: formatCount(count), exact: String(count) },
      share(count),
    ]),
  };
}
