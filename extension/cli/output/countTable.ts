import type { ParameterCounts } from '../../contract/run.ts';
import { formatCount, formatPercent } from '../../view/figures.ts';
import { table } from './format.ts';

/** A choice of methods with its numbers, or with why a model cannot have it. */
type CountsRow = { readonly methods: string } & ({ readonly counts: ParameterCounts } | { readonly problem: string });

/** Method, head and base apart, for one or more choices of methods. */
export function countsTable(rows: readonly CountsRow[]): string {
  const titles = ['tunable', 'trained', 'head', 'base', 'of base'];
  const hasProblem = rows.some((row) => 'problem' in row);
  return table(
    ['methods', ...titles, ...(hasProblem ? ['problem'] : [])],
    rows.map((row) => {
      if ('problem' in row) return [row.methods, ...titles.map(() => '–'), row.problem];
      const { method, methodTrained, head, base, percent } = row.counts;
      return [row.methods, ...[method, methodTrained, head, base].map(formatCount), formatPercent(percent)];
    }),
  );
}

/** The same numbers of one choice by component and by layer. */
export function countDetails(counts: ParameterCounts): string {
  const components = Object.entries(counts.byComponent).map(([name, value]) => [name, formatCount(value)]);
  const layers = counts.byLayer.map(({ layer, method, head }) => [layer, formatCount(method), formatCount(head)]);
  return `${table(['component', 'tunable'], components)}\n${table(['layer', 'method', 'head'], layers)}`;
}
