import path from 'node:path';
import type {
  Engine,
  OpenOptions,
  StepRequest,
  TrainingProgram,
  TrainingSession,
} from '../../extension/engines/engine.ts';
import { openTorch } from '../../extension/engines/torch/torchEngine.ts';
import { type Processes, programCommand } from '../../extension/engines/torch/torchProgram.ts';
import { trainingProgram } from '../../extension/training/plan/tuning.ts';
import { python } from './peer.ts';
import { sentences } from './sentences.ts';
import { Subject } from './subject.ts';

/** The folder of the Python program. */
export const programFolder = path.resolve('extension/engines/torch/python');

/** The example model with a method on it. */
export const exampleSubject = (methods: string): Promise<Subject> =>
  Subject.open({ folder: path.resolve('examples/model'), task: 'classification', methods });

export const startTorchOnCpu = (processes?: Processes): Promise<Engine> =>
  openTorch(programCommand({ python: python(), foundBy: 'the test' }, process.env, processes), 'cpu');

/** A subject's training program, its values moved away from their first ones. */
export async function programOf(subject: Subject, change: Partial<TrainingProgram> = {}): Promise<TrainingProgram> {
  const { tuning, values } = subject;
  return { ...(await trainingProgram(tuning, subject.weights, 1, { initial: { values, slots: {} } })), ...change };
}

/** Opens a subject's training program; closing the session ends the engine too. */
export async function openSession(
  engine: Engine,
  subject: Subject,
  options: OpenOptions = {},
  change: Partial<TrainingProgram> = {},
): Promise<TrainingSession> {
  const session = await engine.openTraining(await programOf(subject, change), { threads: 1, ...options });
  const close = async () => {
    await session.close();
    await engine.close();
  };
  return new Proxy(session, {
    get: (target, name) => {
      const member: unknown = name === 'close' ? close : Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
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
