/** The `training` keys that decide how long a run is and when it looks at itself. */
interface TimetableOptions {
  readonly epochs: number | null;
  readonly max_steps: number | null;
  readonly gradient_accumulation: number;
  readonly eval_steps: number | null;
  readonly checkpoint_steps: number | null;
}

/** When a run evaluates, checkpoints and ends, in optimizer steps counted from 1. */
export interface Timetable {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  evaluatesAfter(step: number): boolean;
  checkpointsAfter(step: number): boolean;
}

/**
 * steps per epoch = ⌈batches / accumulation⌉: the last step of an epoch may have fewer batches, and none crosses an
 * epoch's end. total = `max_steps`, else ⌈epochs · steps per epoch⌉.
 */
export function timetable(batchesPerEpoch: number, options: TimetableOptions): Timetable {
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / options.gradient_accumulation);
  const totalSteps = options.max_steps ?? Math.ceil((options.epochs ?? 1) * stepsPerEpoch);
  const every = (interval: number) => (step: number) => step % interval === 0 || step === totalSteps;
  const evaluatesAfter = every(options.eval_steps ?? stepsPerEpoch);
  const checkpointsAfter =
    options.checkpoint_steps === null
      ? (step: number) => evaluatesAfter(step) || step % stepsPerEpoch === 0
      : every(options.checkpoint_steps);
  return { stepsPerEpoch, totalSteps, evaluatesAfter, checkpointsAfter };
}
