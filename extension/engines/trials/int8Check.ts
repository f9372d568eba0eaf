import type {
  Backbone,
  Engine,
  GradientRequest,
  Gradients,
  OpenOptions,
  OutlierChannels,
  TrainingProgram,
  TrainingSession,
} from '../engine.ts';
import { gradientDifference } from './compareSteps.ts';

/** Batches of the first epoch that both backbones compute, as one step. */
export const checkedBatches = 4;
/** Least cosine between the two gradients, over all tuned tensors together, with which int8 is taken. */
const leastCosine = 0.99;
/** Most that the two losses may differ by, relative to that of fp32. */
const mostLossDifference = 0.01;

/** What is in bytes: everything, or all but the outlier channels, which are measured for it. */
export type Int8Form = 'whole' | 'without-outliers';

/** How int8 compares with fp32 on the same batches, and what was taken for it. */
export interface Int8Verdict {
  readonly backbone: Backbone;
  /** What the int8 backbone multiplies in fp32 all the same; absent: nothing. */
  readonly outliers?: OutlierChannels | undefined;
  /** ⟨g₃₂, g₈⟩ / (‖g₃₂‖·‖g₈‖) */
  readonly cosine: number;
  /** |L₈ − L₃₂| / |L₃₂| */
  readonly lossDifference: number;
  /** What was taken and why, as the end of a sentence. */
  readonly reason: string;
}

/** A verdict, and the session of the int8 backbone where that was taken: still open, with the values it was checked with. */
interface CheckedInt8 {
  readonly verdict: Int8Verdict;
  readonly session: TrainingSession | undefined;
}

/**
 * Computes loss and gradients of a run's first batches with both backbones, and takes int8 in the first form in which
 * they agree. Numbers that are not finite never agree.
 * One session is open at a time, for each may hold the whole model.
 * @param forms in the order in which they are tried
 * @param channels measures the channels, or knows them
 */
export async function checkInt8(
  engine: Engine,
  program: TrainingProgram,
  options: OpenOptions,
  request: GradientRequest,
  { forms, channels }: { readonly forms: readonly Int8Form[]; readonly channels: () => Promise<OutlierChannels> },
): Promise<CheckedInt8> {
  const of = request.batches.length;
  const reference = await exactGradients(engine, program, options, request);
  let verdict: Int8Verdict | undefined;
  for (const form of forms) {
    const outliers = form === 'whole' ? undefined : await channels();
    const session = await engine.openTraining(program, { ...options, backbone: 'int8', outliers });
    const bytes = await session.gradients(request);
    const { cosine } = gradientDifference(reference.gradients, bytes.gradients);
    const lossDifference = Math.abs(bytes.loss - reference.loss) / Math.abs(reference.loss);
    const agree = cosine >= leastCosine && lossDifference <= mostLossDifference;
    const backbone = agree ? 'int8' : 'fp32';
    const kept = outliers ? ' with the largest channels in fp32' : '';
    const reason =
      `takes ${backbone}${agree ? kept : ''}: on the first ${of === 1 ? 'batch' : `${of} batches`} the gradients' cosine` +
      `${agree ? '' : kept} is ${cosine.toFixed(4)} (at least ${leastCosine} is required) and the losses differ by ` +
      `${(100 * lossDifference).toFixed(2)} % (at most ${100 * mostLossDifference} %)`;
    verdict = { backbone, ...(agree && outliers && { outliers }), cosine, lossDifference, reason };
    if (agree) return { verdict, session };
    await session.close();
  }
  return { verdict: verdict!, session: undefined };
}

/** In fp32. A function of its own: nothing of the session, which may hold all weights in memory, outlives it. */
async function exactGradients(
  engine: Engine,
  program: TrainingProgram,
  options: OpenOptions,
  request: GradientRequest,
): Promise<Gradients> {
  // A single step: time spent on preparing weights for it would be lost.
  const session = await engine.openTraining(program, { ...options, backbone: 'fp32', expectedSteps: 1 });
  try {
    return await session.gradients(request);
  } finally {
    await session.close();
  }
}
