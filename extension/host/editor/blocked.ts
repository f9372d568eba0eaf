/** A button that does first what has to be done first. */
interface FirstStep {
  readonly title: string;
  /** Id of a command, and what it is given. */
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

/** A person asked for what something else has to come before. Not a failure: it is shown with a button for each first step. */
export class Blocked extends Error {
  override readonly name = 'Blocked';
  readonly firstSteps: readonly FirstStep[];

  constructor(message: string, firstSteps: readonly FirstStep[]) {
    super(message);
    this.firstSteps = firstSteps;
  }
}
