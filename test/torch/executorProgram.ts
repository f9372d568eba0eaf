import path from 'node:path';
import type { Executor, ExecutorFamily, StepRequest, TrainingProgram } from '../../extension/engines/executor.ts';
import { openTorch, type TorchEngine } from '../../extension/engines/torch/torchEngine.ts';
import { type Processes, programCommand } from '../../extension/engines/torch/torchProgram.ts';
import { python } from './peer.ts';
import { sentences } from './sentences.ts';
import { Subject } from './subject.ts';

/** The folder of the Python program. */
export const programFolder = path.resolve('extension/engines/torch/python');

/** The example model with a method on it. */
export const exampleSubject = (methods: string): Promise<Subject> =>
  Subject.open({ folder: path.resolve('examples/model'), task: 'classification', methods });

export const startTorchOnCpu = (processes?: Processes): Promise<TorchEngine> =>
  openTorch(programCommand({ python: python(), foundBy: 'the test' }, process.env, processes), 'cpu');

/** Opens a subject's training program, its values moved away from their first ones. */
export async function openExecutor(
  family: ExecutorFamily,
  subject: Subject,
  change: Partial<TrainingProgram> = {},
): Promise<Executor> {
  const { tuning, values } = subject;
  const program: TrainingProgram = {
    training: tuning.graphs.training,
    evaluation: tuning.graphs.evaluation,
    trainable: tuning.trainable,
    groups: tuning.groups,
    frozen: await subject.weights.frozen(tuning.frozen),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    threads: 1,
    seed: 1,
    ...change,
  };
  return family.create(program, { values, moment1: new Map(), moment2: new Map() });
}

/** Two micro-batches of different sizes. */
export function someStep(subject: Subject, step: number, rows: readonly [number, number] = [7, 2]): StepRequest {
  const [first, second] = rows;
  const batches = [
    subject.batch(sentences.slice(0, first), 20).feeds,
    subject.batch(sentences.slice(first, first + second), 20).feeds,
  ];
  return { step, batches, lossScale: 1 / (first + second), schedule: 1, maxGradientNorm: 1 };
}
