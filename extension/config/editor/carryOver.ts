import type { Diagnostic, TextRange } from '../text/diagnostic.ts';
import { locate, type Place } from '../text/locate.ts';
import type { ParsedConfig } from '../text/parse.ts';

/**
 * Findings of an earlier text at their places in a later one, for as long as the later has not been looked at: those
 * whose key or value is still written as it was. Their fixes are left out: they edit the earlier text.
 */
export function carryOver(
  diagnostics: readonly Diagnostic[],
  earlier: ParsedConfig,
  later: ParsedConfig,
): readonly Diagnostic[] {
  return diagnostics.flatMap(({ fixes: _, ...diagnostic }) => {
    const before = locate(earlier, diagnostic.path);
    const after = locate(later, diagnostic.path);
    if (before.exact !== after.exact || written(earlier, before) !== written(later, after)) return [];
    return [{ ...diagnostic, range: isSame(diagnostic.range, before.key) ? after.key : after.value }];
  });
}

const written = ({ text }: ParsedConfig, { key, value }: Place): string =>
  `${text.slice(key.start.offset, key.end.offset)}\n${text.slice(value.start.offset, value.end.offset)}`;

const isSame = (a: TextRange, b: TextRange): boolean =>
  a.start.offset === b.start.offset && a.end.offset === b.end.offset;
