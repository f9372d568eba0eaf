import { isMap } from 'yaml';
import { locate, type Place } from '../text/locate.ts';
import type { Override } from '../text/overrides.ts';
import type { ParsedConfig } from '../text/parse.ts';
import type { ConfigPath, Diagnostic, Fix, Severity } from './diagnostic.ts';

/** A finding before it has a place in the text. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly path: ConfigPath;
  readonly message: string;
  /** What to underline; default: the value, or the key of a value of several lines. */
  readonly at?: 'key' | 'value';
  /** Called with the place of `fixPath` when that is written in the text and no override set it. */
  readonly fixes?: (place: Place) => readonly Fix[];
  /** What the fixes edit; default: `path`. */
  readonly fixPath?: ConfigPath;
  /** Entries that would cure it, each to be written into a mapping elsewhere. */
  readonly additions?: readonly Addition[];
}

/** An entry to be written into a mapping of the config. */
export interface Addition {
  readonly into: ConfigPath;
  readonly key: string;
  readonly value: string;
  readonly title: string;
}

/** Gives a finding its place: a range in the text, or the command-line override that set the value. */
export function placeFinding(parsed: ParsedConfig, overrides: readonly Override[], finding: Finding): Diagnostic {
  const { severity, code, path, message } = finding;
  const place = locate(parsed, path);
  const override = overrides.findLast((candidate) => sets(candidate.path, path, place.exact));
  const range = finding.at === 'key' || place.value.end.line > place.value.start.line ? place.key : place.value;
  if (override !== undefined) return { severity, code, path, message, range, override: override.flag };
  const edited = finding.fixPath === undefined ? place : locate(parsed, finding.fixPath);
  const fixes = [
    ...((edited.exact && finding.fixes?.(edited)) || []),
    ...(finding.additions ?? []).flatMap((addition) => addEntry(locate(parsed, addition.into), addition)),
  ];
  return { severity, code, path, message, range, ...(fixes.length > 0 && { fixes }) };
}

/** The value at a path as it is written, in the text or on the command line; undefined where it is none of one word. */
export function writtenAt(parsed: ParsedConfig, overrides: readonly Override[], path: ConfigPath): string | undefined {
  const place = locate(parsed, path);
  const override = overrides.findLast((candidate) => sets(candidate.path, path, place.exact));
  const { start, end } = place.value;
  const inText = place.exact ? parsed.text.slice(start.offset, end.offset) : '';
  const text = override === undefined ? inText : override.path.length === path.length ? override.text : '';
  return /^[\w.+:-]+$/.test(text) ? text : undefined;
}

/** Whether an override set the value at a path, or brought it into being by setting something inside it. */
const sets = (overridden: ConfigPath, path: ConfigPath, isWritten: boolean): boolean =>
  (overridden.length <= path.length || !isWritten) &&
  overridden.every((part, index) => index >= path.length || part === path[index]);

/** The fix that writes `newText` in place of a value, or after a key that has none. */
export function replaceValue({ value, empty }: Place, newText: string, title: string): Fix {
  if (empty === undefined) return { title, edits: [{ range: value, newText }] };
  const range = { start: empty.at, end: empty.at };
  return { title, edits: [{ range, newText: `${empty.hasColon ? ' ' : ': '}${newText}` }] };
}

/** The fix that writes an entry first in a mapping; none where there is no mapping, or the key is in it already. */
function addEntry({ node, exact, value: { start } }: Place, { key, value, title }: Addition): readonly Fix[] {
  if (!exact || !isMap(node) || node.has(key)) return [];
  const behindBrace = { offset: start.offset + 1, line: start.line, column: start.column + 1 };
  const at = node.flow === true ? behindBrace : start;
  const newText = `${key}: ${value}${node.flow === true ? ', ' : `\n${' '.repeat(start.column - 1)}`}`;
  return [{ title, edits: [{ range: { start: at, end: at }, newText }] }];
}

/** The fix that renames a key. */
export const renameKey = (place: Place, newKey: string): Fix => ({
  title: `Rename to ${newKey}`,
  edits: [{ range: place.key, newText: newKey }],
});
