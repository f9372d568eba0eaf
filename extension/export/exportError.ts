/** A tuned model that cannot be written or read in some format: every problem found, each with what to do. */
export class ExportError extends Error {
  readonly problems: readonly string[];

  constructor(where: string, problems: string | readonly string[], options?: ErrorOptions) {
    const list = typeof problems === 'string' ? [problems] : problems;
    super(list.map((problem) => `${where}: ${problem}`).join('\n'), options);
    this.name = 'ExportError';
    this.problems = list;
  }
}
