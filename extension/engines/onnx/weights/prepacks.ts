import type { OpenOptions } from '../../engine.ts';

/** From this many steps on, laying out the weights for the processor pays for its time. */
const prepackSteps = 200;

/**
 * Whether a run's frozen weights are laid out for the processor when its session opens. Bytes always are: that is quick,
 * and multiplying is slow without it.
 */
export const prepacks = ({ backbone, expectedSteps = 0 }: Pick<OpenOptions, 'backbone' | 'expectedSteps'>): boolean =>
  backbone === 'int8' || expectedSteps >= prepackSteps;
