import type { OnnxDevice } from '../onnx/native/providers.ts';
import type { StepComparison } from './compareSteps.ts';
import type { ShortRun } from './deviceTrial.ts';

/** What `device: auto` stands for in a run, and why. */
export interface DeviceChoice {
  readonly device: OnnxDevice;
  readonly reason: string;
}

/** f32 arithmetic in another order differs by 1e-6 to 1e-5; what is farther off computes something else. */
const largestLossError = 1e-4;
const largestGradientError = 1e-3;
/** A device must be this much faster: what it is ahead by pays for warming up. */
const leastGain = 1.1;

/**
 * Decides by a trial: a device is taken if its step gives the CPU's loss and gradients and is faster.
 * @param candidate the device that was tried
 */
export function decideDevice(candidate: OnnxDevice, trial: StepComparison | ShortRun): DeviceChoice {
  if ('cpuSeconds' in trial) {
    const reason = `the whole run takes about ${trial.cpuSeconds.toPrecision(2)} s there, too short to try ${candidate}`;
    return { device: 'cpu', reason };
  }
  const { reference, candidate: tried, gradientError } = trial;
  const lossError = Math.abs(tried.loss - reference.loss) / Math.max(1, Math.abs(reference.loss));
  // Negated, so that NaN fails too.
  if (!(lossError <= largestLossError && gradientError <= largestGradientError)) {
    const found = `loss ${tried.loss} for ${reference.loss}, gradients off by ${gradientError.toPrecision(2)}`;
    return { device: 'cpu', reason: `${candidate} fails the self-check: ${found}` };
  }
  const times = `a step takes ${milliseconds(tried.stepMs)} on ${candidate}, ${milliseconds(reference.stepMs)} on the CPU`;
  return { device: tried.stepMs * leastGain < reference.stepMs ? candidate : 'cpu', reason: times };
}

const milliseconds = (ms: number): string => `${Number(ms.toPrecision(3))} ms`;
