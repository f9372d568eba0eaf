import { fitNonNegative } from './fitNonNegative.ts';
import { type FittedSpeeds, type StepWork, workSeconds } from './speeds.ts';

/** A step that was measured. */
interface MeasuredStep {
  readonly work: StepWork;
  readonly seconds: number;
}

/** No processor multiplies bytes so many times as fast as f32. */
const mostInt8Gain = 10;

/**
 * Speeds that explain measured steps best. Those of steps in f32 are fitted together; what is then left of the time of
 * steps in bytes is their products', by the mean over the steps.
 */
export function fitSpeeds(steps: readonly MeasuredStep[]): FittedSpeeds {
  const exact = steps.filter(({ work }) => work.int8Products === 0);
  const factors = exact.map(({ work }) => [work.products + work.batched, work.moved, work.kernels, work.tuned]);
  const fitted = fitNonNegative(
    factors,
    exact.map(({ seconds }) => seconds),
  );
  const [product, move, kernel, tune] = fitted as [number, number, number, number];
  const speeds = { product, int8Product: 0, move, kernel, tune };
  const inBytes = steps.filter(({ work }) => work.int8Products > 0);
  const left = inBytes.map(({ work, seconds }) => (seconds - workSeconds(work, speeds)) / work.int8Products);
  const mean = left.reduce((sum, value) => sum + value, 0) / Math.max(1, left.length);
  return { ...speeds, int8Product: Math.max(mean, product / mostInt8Gain) };
}
