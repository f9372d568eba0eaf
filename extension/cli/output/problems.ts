import type { Problem } from '../../contract/problem.ts';
import { plainInLine } from '../../files/plainText.ts';
import { counted } from '../../problems/counted.ts';

/** `file:line:column severity message`, one line each. */
export const problemLines = (problems: readonly Problem[]): string =>
  problems
    .map(
      ({ file, line, column, severity, message }) =>
        `${plainInLine(`${file}:${line}:${column} ${severity} ${message}`)}\n`,
    )
    .join('');

/** `2 errors, 1 warning` */
export function problemCount(problems: readonly Problem[]): string {
  const some = (['error', 'warning', 'information'] as const).flatMap((severity) => {
    const number = problems.filter((problem) => problem.severity === severity).length;
    if (number === 0) return [];
    const noun = severity === 'information' ? 'note' : severity;
    return [counted(number, noun)];
  });
  return some.length === 0 ? 'no problems' : some.join(', ');
}
