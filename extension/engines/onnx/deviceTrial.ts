import { deserializeGraph, type GraphJson, serializeGraph } from '../../graph/serialize.ts';
import type { Feeds } from '../../graph/tensor.ts';
import type { Executor, TrainableState, TrainingProgram } from '../executor.ts';
import { onnxExecutor } from './executor.ts';
import type { OnnxDevice } from './providers.ts';

/** A program and one batch, as plain data that another process can be sent. */
export interface TrialRequest {
  readonly device: OnnxDevice;
  readonly program: Omit<TrainingProgram, 'training' | 'evaluation' | 'fixed' | 'device'>;
  readonly training: GraphJson;
  readonly evaluation: GraphJson;
  readonly fixed: GraphJson | null;
  readonly initial: TrainableState;
  readonly batch: Feeds;
  /** 1 / labelled items of the batch. */
  readonly lossScale: number;
}

/** What a device and the CPU made of the same step. */
export interface TrialFigures {
  /** Milliseconds of a training step: the median of a few after warming up, or the first where it was hopeless. */
  readonly cpuMs: number;
  readonly deviceMs: number;
  readonly cpuLoss: number;
  readonly deviceLoss: number;
  /** ‖device − CPU‖ / ‖CPU‖ over all gradients together. */
  readonly gradientError: number;
}

/** A run that is over on the CPU before a device has warmed up gets no trial there. */
export interface ShortRun {
  readonly cpuSeconds: number;
}

/** Below this the whole run is too short for a trial, whose own cost is a few seconds. */
const shortestSeconds = 10;
const timedSteps = 3;
/** Large models take seconds a step: then fewer steps are timed. */
const timedLimitMs = 4000;
/** A first step this many times slower than the CPU's, and this long, is not warming up: a driver in software. */
const hopelessFactor = 20;
const hopelessMs = 5000;

/** @param program with the graphs that training is to run */
export function trialRequest(
  device: OnnxDevice,
  program: TrainingProgram,
  initial: TrainableState,
  sample: { readonly batch: Feeds; readonly lossScale: number },
): TrialRequest {
  const { training, evaluation, fixed, device: _, ...rest } = program;
  return {
    device,
    program: rest,
    training: serializeGraph(training),
    evaluation: serializeGraph(evaluation),
    fixed: fixed ? serializeGraph(fixed) : null,
    initial: { ...initial, moment1: new Map(), moment2: new Map() },
    ...sample,
  };
}

/**
 * Takes the same steps on the CPU and on a device, one after the other.
 * @throws DeviceError · Error with the engine's reason
 */
export async function tryDevice(request: TrialRequest): Promise<TrialFigures | ShortRun> {
  const { program, initial, fixed } = request;
  const trial: TrainingProgram = {
    ...program,
    training: deserializeGraph(request.training),
    evaluation: deserializeGraph(request.evaluation),
    ...(fixed ? { fixed: deserializeGraph(fixed) } : {}),
    // Every step starts from the same values, and leaves the gradient in the first moment.
    groups: program.groups.map((group) => ({ ...group, learningRate: 0, weightDecay: 0 })),
    optimizer: { beta1: 0, beta2: 0, epsilon: 1 },
  };
  const cpu = await onnxExecutor.create({ ...trial, device: 'cpu' }, initial);
  const batch = trial.fixed ? { ...request.batch, ...(await cpu.computeFixed!(request.batch)) } : request.batch;
  const onCpu = await measure(cpu, { ...request, batch });
  await cpu.close();
  const cpuSeconds = (onCpu.stepMs * (program.expectedSteps ?? 0)) / 1000;
  if (cpuSeconds < shortestSeconds) return { cpuSeconds };

  const device = await onnxExecutor.create({ ...trial, device: request.device }, initial);
  const patienceMs = Math.max(hopelessMs, hopelessFactor * onCpu.stepMs);
  const onDevice = await measure(device, { ...request, batch }, patienceMs);
  await device.close();
  return {
    cpuMs: onCpu.stepMs,
    deviceMs: onDevice.stepMs,
    cpuLoss: onCpu.loss,
    deviceLoss: onDevice.loss,
    gradientError: relativeError(onDevice.gradients, onCpu.gradients),
  };
}

interface Measured {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly stepMs: number;
}

async function measure(
  executor: Executor,
  { batch, lossScale }: Pick<TrialRequest, 'batch' | 'lossScale'>,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<Measured> {
  const request = { step: 1, batches: [batch], lossScale, schedule: 1, maxGradientNorm: undefined };
  const step = async () => {
    const started = performance.now();
    const { loss } = await executor.step(request);
    return { loss, ms: performance.now() - started };
  };
  const { loss, ms: firstMs } = await step();
  const { moment1: gradients } = await executor.read();
  if (firstMs > patienceMs) return { loss, gradients, stepMs: firstMs };
  const times: number[] = [];
  const from = performance.now();
  while (times.length < timedSteps && (times.length === 0 || performance.now() - from < timedLimitMs)) {
    times.push((await step()).ms);
  }
  return { loss, gradients, stepMs: times.sort((a, b) => a - b)[times.length >> 1]! };
}

function relativeError(found: Measured['gradients'], expected: Measured['gradients']): number {
  let difference = 0;
  let size = 0;
  for (const [name, values] of expected) {
    const other = found.get(name)!;
    for (let i = 0; i < values.length; i++) {
      difference += (other[i]! - values[i]!) ** 2;
      size += values[i]! ** 2;
    }
  }
  return size === 0 ? Math.sqrt(difference) : Math.sqrt(difference / size);
}
