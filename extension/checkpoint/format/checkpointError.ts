/** A weights file or model folder that cannot be used: every problem found, each with what to do. */
export class CheckpointError extends Error {
  readonly problems: readonly string[];

  constructor(where: string, problems: string | readonly string[], options?: ErrorOptions) {
    const list = typeof problems === 'string' ? [problems] : problems;
    super(list.map((problem) => `${where}: ${problem}`).join('\n'), options);
    this.name = 'CheckpointError';
    this.problems = list;
  }
}
