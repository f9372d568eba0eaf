import type {
  Backbone,
  Executor,
  ExecutorFamily,
  StepRequest,
  TrainableState,
  TrainingProgram,
} from '../engines/executor.ts';
import type { Batch } from '../tasks/task.ts';
import { lossScale } from './lossScale.ts';

/** Batches of the first epoch that both backbones compute, as one step. */
export const gateBatches = 4;
/** Least cosine between the two gradients, over all tuned tensors together, with which int8 is taken. */
export const leastCosine = 0.99;
/** Most that the two losses may differ by, relative to that of fp32. */
export const mostLossDifference = 0.01;

/** How int8 compares with fp32 on the same batches, and what was taken for it. */
export interface BackboneVerdict {
  readonly backbone: Backbone;
  /** ⟨g₃₂, g₈⟩ / (‖g₃₂‖·‖g₈‖) */
  readonly cosine: number;
  /** |L₈ − L₃₂| / |L₃₂| */
  readonly lossDifference: number;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * Computes loss and gradient of the first batches with both backbones, one after the other, so that only one is in
 * memory at a time; takes int8 where they agree. Numbers that are not finite never agree.
 */
export async function judgeBackbone(
  family: Pick<ExecutorFamily, 'create'>,
  program: TrainingProgram,
  initial: TrainableState,
  batches: readonly Batch[],
): Promise<BackboneVerdict> {
  const request: StepRequest = {
    step: 1,
    batches: batches.map(({ feeds }) => feeds),
    lossScale: lossScale(batches),
    // Nothing is updated: after one step from zero the first moment is the gradient, times 1 − β₁.
    schedule: 0,
    maxGradientNorm: undefined,
  };
  const measure = async (backbone: Backbone) => {
    // A single step: weights need not be laid out for it.
    const executor: Executor = await family.create({ ...program, backbone, expectedSteps: 1 }, initial);
    try {
      const { loss } = await executor.step(request);
      return { loss, gradients: (await executor.read()).moment1 };
    } finally {
      await executor.close();
    }
  };
  const exact = await measure('fp32');
  const bytes = await measure('int8');
  const cosine = cosineOf(exact.gradients, bytes.gradients);
  const lossDifference = Math.abs(bytes.loss - exact.loss) / Math.abs(exact.loss);
  const agree = cosine >= leastCosine && lossDifference <= mostLossDifference;
  const backbone = agree ? 'int8' : 'fp32';
  const message =
    `backbone: auto takes ${backbone}: on the first ${batches.length} batches the gradients' cosine is ` +
    `${cosine.toFixed(4)} (at least ${leastCosine} is asked for) and the losses differ by ` +
    `${(100 * lossDifference).toFixed(2)} % (at most ${100 * mostLossDifference} %)`;
  return { backbone, cosine, lossDifference, message };
}

/** Cosine of the angle between two gradients, all tensors laid end to end; NaN when either is zero or not finite. */
function cosineOf(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (const [name, valuesA] of a) {
    const valuesB = b.get(name)!;
    for (let i = 0; i < valuesA.length; i++) {
      product += valuesA[i]! * valuesB[i]!;
      squaresA += valuesA[i]! ** 2;
      squaresB += valuesB[i]! ** 2;
    }
  }
  return product / Math.sqrt(squaresA * squaresB);
}
