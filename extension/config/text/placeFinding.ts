import { isMap } from 'yaml';
import type { Cure, Finding, ValuePath } from '../../problems/finding.ts';
import { valueAt } from '../../problems/finding.ts';
import type { Diagnostic, Fix } from './diagnostic.ts';
import { locate, type Place } from './locate.ts';
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
  const fixes = cures.flatMap((cure) => fixOf(parsed, path, cure));
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

/** The edit of this text that a cure asks for; none where the text has no place for it. */
function fixOf(parsed: ParsedConfig, path: ValuePath, cure: Cure): readonly Fix[] {
  const { title } = cure;
  const place = locate(parsed, cure.do === 'put' ? cure.into : cure.do === 'set' ? (cure.at ?? path) : path);
  if (!place.exact) return [];
  switch (cure.do) {
    case 'set':
      return [replaceValue(place, cure.text, title)];
    case 'rename':
      // A key that was read as if it stood elsewhere is not where it seems.
      if (!parsed.text.slice(place.key.start.offset, place.key.end.offset).includes(String(path.at(-1)))) return [];
      return [{ title, edits: [{ range: place.key, newText: cure.key }] }];
    case 'begin': {
      if (isMap(parsed.root) && parsed.root.flow === true) return [];
      const range = { start: place.key.start, end: place.key.start };
      return [{ title, edits: [{ range, newText: cure.text }] }];
    }
    case 'put': {
      const { into, key, text, name } = cure;
      const holder = valueAt(parsed.value, into);
      if (name !== undefined && holder === name) return [replaceValue(place, `${name}: {${key}: ${text}}`, title)];
      if (name !== undefined && holder === null) return [replaceValue(place, `{${key}: ${text}}`, title)];
      const { node } = place;
      if (!isMap(node) || !node.range) return [];
      if (node.has(key)) return [replaceValue(locate(parsed, [...into, key]), text, title)];
      const flow = node.flow === true;
      const at = parsed.lines.position(node.range[0] + (flow ? 1 : 0));
      const separator = flow ? (node.items.length > 0 ? ', ' : '') : `\n${' '.repeat(at.column - 1)}`;
      return [{ title, edits: [{ range: { start: at, end: at }, newText: `${key}: ${text}${separator}` }] }];
    }
  }
}

/** Writes in place of a value, or after a key that has none. */
function replaceValue({ value, empty }: Place, newText: string, title: string): Fix {
  if (empty === undefined) return { title, edits: [{ range: value, newText }] };
  const range = { start: empty.at, end: empty.at };
  return { title, edits: [{ range, newText: `${empty.hasColon ? ' ' : ': '}${newText}` }] };
}
