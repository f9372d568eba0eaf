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

export type Severity = 'error' | 'warning' | 'information';

/** Keys and list indices from the root: `['methods', 1, 'prefix', 'length']`. */
export type ConfigPath = readonly (string | number)[];

/** One finding about a config; the message names rule, value and cure but neither file nor path. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable kebab-case name of the rule: `unknown-key`. */
  readonly code: string;
  readonly message: string;
  readonly range: TextRange;
  readonly path: ConfigPath;
  /** The command-line override the value came from, in place of the range. */
  readonly override?: string;
  readonly fixes?: readonly Fix[];
}

/** `methods[1].prefix.length`; empty for the root. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
