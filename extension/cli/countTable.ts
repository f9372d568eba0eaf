import type { ParameterCounts } from '../contract/run.ts';
import { count, table } from './format.ts';

/** Method, head and base apart, for one or more choices of methods. */
export function countsTable(rows: readonly { readonly methods: string; readonly counts: ParameterCounts }[]): string {
  return table(
    ['methods', 'tunable', 'trained', 'head', 'base', '% of base'],
    rows.map(({ methods, counts }) => [
      methods,
      count(counts.method),
      count(counts.methodTrained),
      count(counts.head),
      count(counts.base),
      counts.percent.toFixed(3),
    ]),
  );
}

/** The same numbers of one choice by component and by layer. */
export function countDetails(counts: ParameterCounts): string {
  const components = Object.entries(counts.byComponent).map(([name, value]) => [name, count(value)]);
  const layers = counts.byLayer.map(({ layer, method, head }) => [layer, count(method), count(head)]);
  return `${table(['component', 'tunable'], components)}\n${table(['layer', 'method', 'head'], layers)}`;
}
