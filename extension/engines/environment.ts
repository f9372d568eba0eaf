import { availableParallelism, totalmem } from 'node:os';
import type { EnvironmentFacts } from '../contract/environmentFacts.ts';
import { codeVersion } from '../contract/version.ts';
import { UserError } from '../problems/userError.ts';
import { runningTrainer } from '../processes/trainerCommand.ts';
import { engineVersion } from './onnx/native/engineFacts.ts';
import { startEngine } from './startEngine.ts';
import { findPython } from './torch/findPython.ts';
import { TrialProcess } from './trials/trialProcess.ts';

/**
 * What training can use here: the bundled engine, and PyTorch where a Python with it is found.
 * @param python the Python to try; null: where one is looked for without a name
 */
export async function lookAtEnvironment(folder: string, python: string | null): Promise<EnvironmentFacts> {
  return {
    version: codeVersion,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    onnx: { version: engineVersion(), webgpuProblem: await webgpuProblem() },
    torch: await torchFacts(folder, python),
  };
}

/** In a process of its own: a driver may crash. */
async function webgpuProblem(): Promise<string | null> {
  const trial = new TrialProcess(runningTrainer());
  try {
    return await trial.probe('webgpu', 15_000);
  } finally {
    trial.close();
  }
}

async function torchFacts(folder: string, python: string | null): Promise<EnvironmentFacts['torch']> {
  let place: string | null = null;
  try {
    const named = python === null ? {} : { named: { python, by: 'python' } };
    const found = findPython({ ...named, folders: [folder], environment: process.env, platform: process.platform });
    place = `${found.python} (${found.foundBy})`;
    const engine = await startEngine(
      { executor: 'torch', device: 'auto', python, num_processes: 1, torchrun: null },
      folder,
    );
    await engine.close();
    return { python: place, device: engine.device, problem: null };
  } catch (error) {
    if (!(error instanceof UserError && error.kind === 'torch')) throw error;
    return { python: place, device: null, problem: error.message };
  }
}
