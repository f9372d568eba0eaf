import { type Diagnostic, formatPath } from './diagnostic.ts';
import { shortName } from './showValue.ts';

/** `methods[1].prefix.length: must be 1 … 496 for this model, got 512` */
export function diagnosticText({ path, message }: Pick<Diagnostic, 'path' | 'message'>): string {
  const short = path.map((part) => (typeof part === 'string' ? shortName(part) : part));
  return path.length === 0 ? message : `${formatPath(short)}: ${message}`;
}
