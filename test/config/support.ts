import { checkConfig } from '../../extension/config/checks/check.ts';
import type { ResolvedSplit } from '../../extension/config/resolved/resolve.ts';
import type { Diagnostic, Fix } from '../../extension/config/text/diagnostic.ts';
import { diagnosticText } from '../../extension/config/text/diagnostic.ts';

/** A config that is right in every way, `extra` lines appended. */
export const valid = (extra = ''): string =>
  `model: bert\ntask: classification\ndata: {train: train.tsv, validation: dev.tsv}\nmethods: [ln-tuning]\n${extra}`;

/** A split as a config that says nothing of it is resolved, read by `text` and `label`. */
export const plainSplit = (file: string): ResolvedSplit => ({
  file,
  format: 'tsv',
  delimiter: null,
  columns: null,
  encoding: 'utf-8',
  text: 'text',
  text_pair: null,
  prompt: null,
  completion: null,
  tokens: null,
  label: 'label',
  labels: null,
  skip: 0,
  limit: null,
});

/** `line:column severity path: message` of each finding. */
export const printed = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(
    (diagnostic) =>
      `${diagnostic.override ?? `${diagnostic.range.start.line}:${diagnostic.range.start.column}`} ${diagnostic.severity} ${diagnosticText(diagnostic)}`,
  );

/** Findings of a config text. */
export const findings = (text: string | Uint8Array, overrides: readonly string[] = []): readonly string[] =>
  printed(checkConfig(text, overrides).diagnostics);

/** The text with a fix applied. */
export function applyFix(text: string, fix: Fix): string {
  return [...fix.edits]
    .sort((a, b) => b.range.start.offset - a.range.start.offset)
    .reduce(
      (rest, { range, newText }) => rest.slice(0, range.start.offset) + newText + rest.slice(range.end.offset),
      text,
    );
}

/** Every fix that the findings offer: title → fixed text. */
export const fixed = (text: string, diagnostics: readonly Diagnostic[]): Readonly<Record<string, string>> =>
  Object.fromEntries(diagnostics.flatMap(({ fixes = [] }) => fixes.map((fix) => [fix.title, applyFix(text, fix)])));

/** Splits a text at its cursor mark `|`. */
export function cursor(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}
