import { type Diagnostic, formatPath } from './diagnostic.ts';
import { shortName } from './showValue.ts';

/** `methods[1].prefix.length: must be 1 … 496 for this model, got 512` */
export function diagnosticText({ path, message }: Pick<Diagnostic, 'path' | 'message'>): string {
  const short = path.map((part) => (typeof part === 'string' ? shortName(part) : part));
  return path.length === 0 ? message : `${formatPath(short)}: ${message}`;
}

/** A line of `check`: `file:line:column severity message`, or the flag in place of the position. */
export function formatDiagnostic(file: string, diagnostic: Diagnostic): string {
  const { line, column } = diagnostic.range.start;
  const where = diagnostic.override ?? `${file}:${line}:${column}`;
  return `${where} ${diagnostic.severity} ${diagnosticText(diagnostic)}`;
}

/** As an error message: `sst2.peft.yaml:12 methods[1].prefix.length: must be 1 … 496 for this model, got 512`. */
export function formatAsError(file: string, diagnostic: Diagnostic): string {
  const where = diagnostic.override ?? `${file}:${diagnostic.range.start.line}`;
  return `${where} ${diagnosticText(diagnostic)}`;
}
