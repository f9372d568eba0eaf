import type { ParameterCounts } from '../contract/run.ts';
import { formatCount } from '../view/figures.ts';
import { table } from './format.ts';

/** Method, head and base apart, for one or more choices of methods. */
export function countsTable(rows: readonly { readonly methods: string; readonly counts: ParameterCounts }[]): string {
  return table(
    ['methods', 'tunable', 'trained', 'head', 'base', '% of base'],
    rows.map(({ methods, counts }) => [
      methods,
      formatCount(counts.method),
      formatCount(counts.methodTrained),
      formatCount(counts.head),
      formatCount(counts.base),
      counts.percent.toFixed(3),
    ]),
  );
}

/** The same numbers of one choice by component and by layer. */
export function countDetails(counts: ParameterCounts): string {
  const components = Object.entries(counts.byComponent).map(([name, value]) => [name, formatCount(value)]);
  const layers = counts.byLayer.map(({ layer, method, head }) => [layer, formatCount(method), formatCount(head)]);
  return `${table(['component', 'tunable'], components)}\n${table(['layer', 'method', 'head'], layers)}`;
}
