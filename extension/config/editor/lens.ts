import type { ParameterCounts } from '../../contract/run.ts';
import { valueAt } from '../../problems/finding.ts';
import { formatCount, formatPercent } from '../../view/figures.ts';
import type { Position } from '../text/diagnostic.ts';
import { locate } from '../text/locate.ts';
import type { ParsedConfig } from '../text/parse.ts';

/** `38,400 tunable + 592,130 head (0.035 %)`; what is only trained and not kept is named too, a head where there is one. */
export const countText = (counts: ParameterCounts): string =>
  counts.head === 0
    ? methodCountText(counts)
    : `${tunable(counts)} + ${formatCount(counts.head)} head ${share(counts)}`;

/** `38,400 tunable (0.035 %)`, where the head's size is not known. */
export const methodCountText = (counts: ParameterCounts): string => `${tunable(counts)} ${share(counts)}`;

const tunable = ({ method }: ParameterCounts): string => `${formatCount(method)} tunable`;

function share({ method, methodTrained, percent }: ParameterCounts): string {
  const trained = methodTrained > method ? `, ${formatCount(methodTrained)} while training` : '';
  return `(${formatPercent(percent)}${trained})`;
}

/** A short text that the editor shows behind a place. */
export interface Inlay {
  readonly position: Position;
  readonly text: string;
}

/**
 * Each entry's tunable count behind what the entry writes on its first line; `counts` in the order of the list,
 * undefined where not known.
 */
export function methodInlays(parsed: ParsedConfig, counts: readonly (number | undefined)[]): readonly Inlay[] {
  return counts.flatMap((count, index) => {
    const position = count === undefined ? undefined : firstLineEnd(parsed, index);
    return position === undefined || count === undefined ? [] : [{ position, text: formatCount(count) }];
  });
}

/**
 * Where an entry's first line ends, of an item of the list or of the one entry that stands without a list: behind its
 * name, behind options on the same line, or behind the colon.
 */
function firstLineEnd(parsed: ParsedConfig, index: number): Position | undefined {
  const methods = valueAt(parsed.value, ['methods']);
  const isList = Array.isArray(methods);
  if (!isList && index > 0) return undefined;
  const path = isList ? ['methods', index] : ['methods'];
  const entry = valueAt(parsed.value, path);
  if (typeof entry === 'string') return locate(parsed, path).value.end;
  if (typeof entry !== 'object' || entry === null) return undefined;
  const name = Object.keys(entry)[0];
  if (name === undefined) return undefined;
  const { key, value, empty } = locate(parsed, [...path, name]);
  if (empty !== undefined) return empty.at;
  const isBeside = value.start.line === key.end.line && value.end.line === key.end.line;
  return isBeside ? value.end : parsed.lines.position(parsed.text.indexOf(':', key.end.offset) + 1);
}
