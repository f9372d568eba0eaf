import type { Backbone, Engine, GradientRequest, OpenOptions, TrainingProgram } from '../engine.ts';
import { compareSteps } from './compareSteps.ts';

/** Batches of the first epoch that both backbones compute, as one step. */
export const checkedBatches = 4;
/** Least cosine between the two gradients, over all tuned tensors together, with which int8 is taken. */
const leastCosine = 0.99;
/** Most that the two losses may differ by, relative to that of fp32. */
const mostLossDifference = 0.01;

/** How int8 compares with fp32 on the same batches, and what was taken for it. */
export interface Int8Verdict {
  readonly backbone: Backbone;
  /** ⟨g₃₂, g₈⟩ / (‖g₃₂‖·‖g₈‖) */
  readonly cosine: number;
  /** |L₈ − L₃₂| / |L₃₂| */
  readonly lossDifference: number;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * Computes loss and gradients of a run's first batches with both backbones, and takes int8 where they agree. Numbers that
 * are not finite never agree.
 */
export async function checkInt8(
  engine: Engine,
  program: TrainingProgram,
  options: OpenOptions,
  request: GradientRequest,
): Promise<Int8Verdict> {
  // A single step: time spent on preparing weights for it would be lost.
  const sideWith = (backbone: Backbone): OpenOptions => ({ ...options, backbone, expectedSteps: 1 });
  const compared = await compareSteps(engine, program, [sideWith('fp32'), sideWith('int8')], request);
  const { reference, candidate, cosine } = compared;
  const lossDifference = Math.abs(candidate.loss - reference.loss) / Math.abs(reference.loss);
  const agree = cosine >= leastCosine && lossDifference <= mostLossDifference;
  const backbone = agree ? 'int8' : 'fp32';
  const message =
    `backbone: auto takes ${backbone}: on the first ${request.batches.length} batches the gradients' cosine is ` +
    `${cosine.toFixed(4)} (at least ${leastCosine} is asked for) and the losses differ by ` +
    `${(100 * lossDifference).toFixed(2)} % (at most ${100 * mostLossDifference} %)`;
  return { backbone, cosine, lossDifference, message };
}
