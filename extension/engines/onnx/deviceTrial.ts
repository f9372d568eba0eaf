import type { GradientRequest } from '../engine.ts';
import type { TrainableState, TrainingProgram } from '../executor.ts';
import { adamW } from '../optimizers/adamW.ts';
import { trialRequest as request, type TrialRequest } from '../trials/deviceTrial.ts';
import type { OnnxDevice } from './providers.ts';

/** A trial of a program as training still writes it. */
export function trialRequest(
  device: OnnxDevice,
  program: TrainingProgram,
  { values }: TrainableState,
  { batch, lossScale }: { readonly batch: GradientRequest['batches'][number]; readonly lossScale: number },
): TrialRequest {
  const { training, evaluation, trainable, groups, frozen, seed, threads, backbone, expectedSteps } = program;
  const initial = { values, slots: {} };
  const optimizer = adamW(program.optimizer);
  return request(
    device,
    { training, evaluation, trainable, groups, frozen, seed, initial, optimizer },
    { threads, backbone, expectedSteps },
    { step: 1, batches: [batch], lossScale },
  );
}
