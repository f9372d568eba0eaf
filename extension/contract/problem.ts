/** `key=value` as given to `--set`: `training.epochs=5`, `methods=[prefix, ln-tuning]`. */
export type Override = string;

/** One finding about a config; line and column from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
}
