import type { Finding, ValuePath } from '../../problems/finding.ts';
import { cureEdit } from './cureEdit.ts';
import type { Diagnostic } from './diagnostic.ts';
import { locate } from './locate.ts';
import type { ParsedConfig } from './parse.ts';

/** A value that the command line set: where, and the flag as typed. */
export interface Override {
  readonly path: ValuePath;
  /** `--set training.epochs=5` */
  readonly flag: string;
  /** The text behind the `=`. */
  readonly text: string;
}

/** Gives a finding its place: a range in the text with the edits that cure it, or the override that set the value. */
export function placeFinding(parsed: ParsedConfig, overrides: readonly Override[], finding: Finding): Diagnostic {
  const { severity, code, path, message, cures = [] } = finding;
  const place = locate(parsed, path);
  const override = overrides.findLast((candidate) => sets(candidate.path, path, place.exact));
  const range = finding.at === 'key' || place.value.end.line > place.value.start.line ? place.key : place.value;
  if (override !== undefined) return { severity, code, path, message, range, override: override.flag };
  const fixes = cures.flatMap((cure) => {
    const edit = cureEdit(parsed, path, cure);
    return edit === undefined ? [] : [{ title: cure.title, edits: [edit] }];
  });
  return { severity, code, path, message, range, ...(fixes.length > 0 && { fixes }) };
}

/** The value at a path as it is written, in the text or on the command line; undefined where it is none of one word. */
export function writtenAt(parsed: ParsedConfig, overrides: readonly Override[], path: ValuePath): string | undefined {
  const place = locate(parsed, path);
  const override = overrides.findLast((candidate) => sets(candidate.path, path, place.exact));
  const { start, end } = place.value;
  const inText = place.exact ? parsed.text.slice(start.offset, end.offset) : '';
  const text = override === undefined ? inText : override.path.length === path.length ? override.text : '';
  return /^[\w.+:-]+$/.test(text) ? text : undefined;
}

/** Whether an override set the value at a path, or brought it into being by setting something inside it. */
const sets = (overridden: ValuePath, path: ValuePath, isWritten: boolean): boolean =>
  (overridden.length <= path.length || !isWritten) &&
  overridden.every((part, index) => index >= path.length || part === path[index]);
