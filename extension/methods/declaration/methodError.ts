import { type Finding, formatPath } from '../../problems/finding.ts';

/** An option that does not fit a model: `lora.layers: must be within 0 … 5 for this model, got 7; …`. */
export class MethodError extends Error {
  override readonly name = 'MethodError';
  readonly method: string;
  /** The option at fault, or undefined when it is the method itself. */
  readonly option: string | undefined;
  /** The message without method and option: the rule, what was found, and what to do. */
  readonly detail: string;

  constructor(method: string, option: string | undefined, rule: string, cure: string) {
    const detail = `${rule}; ${cure}`;
    super(`${option === undefined ? method : `${method}.${option}`}: ${detail}`);
    this.method = method;
    this.option = option;
    this.detail = detail;
  }
}

/** A union that does not fit its model or contradicts itself: `methods[1].length: must be …`, one line a problem. */
export class UnionError extends Error {
  override readonly name = 'UnionError';
  readonly problems: readonly Finding[];

  constructor(problems: readonly Finding[]) {
    super(problems.map(({ path, message }) => `${formatPath(['methods', ...path])}: ${message}`).join('\n'));
    this.problems = problems;
  }
}
