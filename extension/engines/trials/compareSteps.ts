import type {
  Engine,
  GradientRequest,
  Gradients,
  OpenOptions,
  TensorValues,
  TrainingProgram,
  TrainingSession,
} from '../engine.ts';

/** What one of two sessions made of the batches. */
interface Side {
  /** Mean loss over the labelled items. */
  readonly loss: number;
  /** Milliseconds of a step: the median of a few after warming up, or the first where no more were taken. */
  readonly stepMs: number;
}

/** Loss, gradients and pace of two sessions on the same batches. */
export interface StepComparison {
  readonly reference: Side;
  readonly candidate: Side;
  /** Cosine of the angle between the two gradients, all tensors laid end to end; NaN when either is zero or not finite. */
  readonly cosine: number;
  /** ‖candidate − reference‖ / ‖reference‖ over all gradients together. */
  readonly gradientError: number;
}

/** How steps are timed beside computing the gradients. */
export interface Timing {
  readonly steps: number;
  /** Fewer steps are timed once they have taken this long. */
  readonly limitMs: number;
  /** Whether the candidate is worth opening, by the reference's pace. */
  isWorthwhile(referenceMs: number): boolean;
  /** A first step that takes longer is not repeated: the candidate is hopeless. */
  patienceMs(referenceMs: number): number;
}

/** A comparison that was given up after the reference. */
interface NotWorthwhile {
  readonly referenceMs: number;
}

/**
 * Computes loss and gradients of the same batches in two sessions of one program, opened one after the other so that
 * only one is in memory at a time. Nothing is tuned.
 * @param options of the reference and of the candidate
 * @throws Error with the engine's reason
 */
export function compareSteps(
  engine: Engine,
  program: TrainingProgram,
  options: readonly [reference: OpenOptions, candidate: OpenOptions],
  request: GradientRequest,
): Promise<StepComparison>;
export function compareSteps(
  engine: Engine,
  program: TrainingProgram,
  options: readonly [reference: OpenOptions, candidate: OpenOptions],
  request: GradientRequest,
  timing: Timing,
): Promise<StepComparison | NotWorthwhile>;
export async function compareSteps(
  engine: Engine,
  program: TrainingProgram,
  options: readonly [reference: OpenOptions, candidate: OpenOptions],
  request: GradientRequest,
  timing?: Timing,
): Promise<StepComparison | NotWorthwhile> {
  const measured = async (side: OpenOptions, patienceMs: number) => {
    const session = await engine.openTraining(program, side);
    try {
      return await measure(session, request, timing, patienceMs);
    } finally {
      await session.close();
    }
  };
  const reference = await measured(options[0], Number.POSITIVE_INFINITY);
  if (timing && !timing.isWorthwhile(reference.stepMs)) return { referenceMs: reference.stepMs };
  const patienceMs = timing?.patienceMs(reference.stepMs) ?? Number.POSITIVE_INFINITY;
  const candidate = await measured(options[1], patienceMs);
  const side = ({ loss, stepMs }: Side): Side => ({ loss, stepMs });
  return {
    reference: side(reference),
    candidate: side(candidate),
    ...gradientDifference(reference.gradients, candidate.gradients),
  };
}

async function measure(
  session: TrainingSession,
  request: GradientRequest,
  timing: Timing | undefined,
  patienceMs: number,
): Promise<Side & Gradients> {
  const timed = async <R>(compute: () => Promise<R>) => {
    const started = performance.now();
    const result = await compute();
    return { result, ms: performance.now() - started };
  };
  const { result, ms: firstMs } = await timed(() => session.gradients(request));
  if (!timing || firstMs > patienceMs) return { ...result, stepMs: firstMs };
  const times: number[] = [];
  const from = performance.now();
  while (times.length < timing.steps && (times.length === 0 || performance.now() - from < timing.limitMs)) {
    // At rate 0 values stay as they are: every step is the same.
    times.push((await timed(() => session.step({ ...request, schedule: 0, maxGradientNorm: undefined }))).ms);
  }
  return { ...result, stepMs: times.sort((a, b) => a - b)[times.length >> 1]! };
}

/** How far two gradients of the same tensors are apart. */
export function gradientDifference(a: TensorValues, b: TensorValues): Pick<StepComparison, 'cosine' | 'gradientError'> {
  let [product, squaresA, squaresB, squaresApart] = [0, 0, 0, 0];
  for (const [name, valuesA] of a) {
    const valuesB = b.get(name)!;
    for (let i = 0; i < valuesA.length; i++) {
      product += valuesA[i]! * valuesB[i]!;
      squaresA += valuesA[i]! ** 2;
      squaresB += valuesB[i]! ** 2;
      squaresApart += (valuesB[i]! - valuesA[i]!) ** 2;
    }
  }
  return {
    cosine: product / Math.sqrt(squaresA * squaresB),
    gradientError: squaresA === 0 ? Math.sqrt(squaresApart) : Math.sqrt(squaresApart / squaresA),
  };
}
