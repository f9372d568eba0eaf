import type { Finding, ValuePath } from '../../problems/finding.ts';
import { formatPath } from '../../problems/finding.ts';
import { shortName } from '../../problems/showValue.ts';

/** Offsets count UTF-16 units from 0; lines and columns count from 1. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface TextRange {
  readonly start: Position;
  readonly end: Position;
}

export interface TextEdit {
  readonly range: TextRange;
  readonly newText: string;
}

/** A quick fix: its title says what the text will be. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** A finding at its place in a config's text. */
export interface Diagnostic extends Pick<Finding, 'severity' | 'code' | 'message' | 'path'> {
  readonly range: TextRange;
  /** The command-line override the value came from, in place of the range. */
  readonly override?: string;
  readonly fixes?: readonly Fix[];
}

/** As their places follow one another. */
export const inTextOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.toSorted((a, b) => a.range.start.offset - b.range.start.offset);

/** `methods[1].prefix.length: must be 1 … 496 for this model, got 512` */
export function diagnosticText({ path, message }: Pick<Diagnostic, 'path' | 'message'>): string {
  const short: ValuePath = path.map((part) => (typeof part === 'string' ? shortName(part) : part));
  return path.length === 0 ? message : `${formatPath(short)}: ${message}`;
}
