import { UserError } from '../problems/userError.ts';
import type { Device, Engine } from './engine.ts';

/** Which engine computes, and where: keys of a config. */
export interface EngineSettings {
  readonly executor: 'auto' | Engine['name'];
  readonly device: Device;
  /** The Python of torch; null: the one that is found. */
  readonly python: string | null;
  readonly num_processes: number;
  /** More arguments of torchrun. */
  readonly torchrun: readonly string[] | null;
}

/** Each is loaded when it is first started: whoever only checks a config, or starts workers, computes nothing. */
const engines: Readonly<Record<Engine['name'], (settings: EngineSettings, baseFolder: string) => Promise<Engine>>> = {
  onnx: async ({ device }) => (await import('./onnx/onnxEngine.ts')).onnxEngine(device),
  torch: async ({ device, python, num_processes, torchrun }, folder) => {
    const processes = { count: num_processes, torchrun: torchrun ?? [] };
    const { startTorch } = await import('./torch/torchEngine.ts');
    return await startTorch({ device, python: python ?? undefined, folder, processes });
  },
};

/** Starts the engine that a config names. @throws UserError when torch, Python or the device is missing */
export async function startEngine(settings: EngineSettings, baseFolder: string): Promise<Engine> {
  const { executor } = settings;
  const name = executor === 'auto' ? (await chooseExecutor(settings, baseFolder)).executor : executor;
  return await engines[name](settings, baseFolder);
}

/**
 * What `executor: auto` stands for on this machine: torch where a Python with torch finds a CUDA device, else onnx.
 * @returns the executor, and why it was taken
 */
export async function chooseExecutor(
  settings: EngineSettings,
  baseFolder: string,
): Promise<{ readonly executor: Engine['name']; readonly reason: string }> {
  if (settings.device === 'cpu' || settings.device === 'webgpu') {
    return { executor: 'onnx', reason: `device: ${settings.device} is set` };
  }
  try {
    const device = settings.device === 'auto' ? 'cuda' : settings.device;
    const engine = await engines.torch({ ...settings, device }, baseFolder);
    await engine.close();
    return { executor: 'torch', reason: `it finds ${engine.device}` };
  } catch (error) {
    if (!(error instanceof UserError && error.kind === 'torch')) throw error;
    return { executor: 'onnx', reason: error.message };
  }
}
