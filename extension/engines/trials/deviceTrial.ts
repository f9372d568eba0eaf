import { deserializeGraph, type GraphJson, serializeGraph } from '../../graph/serialize.ts';
import type { GradientRequest, OpenOptions, TrainingProgram } from '../engine.ts';
import type { OnnxDevice } from '../onnx/native/providers.ts';
import { onnxEngine } from '../onnx/onnxEngine.ts';
import { defaultAdamW } from '../optimizers/adamW.ts';
import { compareSteps, type StepComparison, type Timing } from './compareSteps.ts';

/** A program and one batch, as plain data that another process can be sent. */
export interface TrialRequest {
  readonly device: OnnxDevice;
  readonly program: Omit<TrainingProgram, 'training' | 'evaluation' | 'optimizer'>;
  readonly training: GraphJson;
  readonly evaluation: GraphJson;
  readonly options: OpenOptions;
  readonly request: GradientRequest;
}

/** A run that is over on the CPU before a device has warmed up gets no trial there. */
export interface ShortRun {
  readonly cpuSeconds: number;
}

/** Below this the whole run is too short for a trial, whose own cost is a few seconds. */
const shortestSeconds = 10;
/** A first step this many times slower than the CPU's, and this long, is not warming up: a driver in software. */
const hopelessFactor = 20;
const hopelessMs = 5000;

export function trialRequest(
  device: OnnxDevice,
  { training, evaluation, optimizer: _, ...program }: TrainingProgram,
  options: OpenOptions,
  request: GradientRequest,
): TrialRequest {
  return {
    device,
    program: { ...program, initial: { ...program.initial, slots: {} } },
    training: serializeGraph(training),
    evaluation: serializeGraph(evaluation),
    options,
    request,
  };
}

/**
 * Takes the same steps on the CPU and on a device, one after the other.
 * @throws UserError · Error with the engine's reason
 */
export async function tryDevice(trial: TrialRequest): Promise<StepComparison | ShortRun> {
  const { device, options, request } = trial;
  const program: TrainingProgram = {
    ...trial.program,
    training: deserializeGraph(trial.training),
    evaluation: deserializeGraph(trial.evaluation),
    optimizer: defaultAdamW,
  };
  const wholeRun = (stepMs: number): number => (stepMs * (options.expectedSteps ?? 0)) / 1000;
  const timing: Timing = {
    steps: 3,
    // Large models take seconds a step: then fewer steps are timed.
    limitMs: 4000,
    isWorthwhile: (cpuMs) => wholeRun(cpuMs) >= shortestSeconds,
    patienceMs: (cpuMs) => Math.max(hopelessMs, hopelessFactor * cpuMs),
  };
  const on = (side: OnnxDevice): OpenOptions => ({ ...options, device: side });
  const compared = await compareSteps(onnxEngine(), program, [on('cpu'), on(device)], request, timing);
  return 'referenceMs' in compared ? { cpuSeconds: wholeRun(compared.referenceMs) } : compared;
}
