import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import type { ExecutorFamily } from '../engines/executor.ts';
import { onnxExecutor } from '../engines/onnx/executor.ts';
import { startTorch } from '../engines/torch/torchEngine.ts';
import { TorchError } from '../engines/torch/torchError.ts';

type EngineConfig = Pick<ResolvedConfig, 'executor' | 'device' | 'python' | 'num_processes' | 'torchrun'>;

/** An engine that is up and says where it computes. */
export interface Engine extends ExecutorFamily {
  /** `cpu`, or a GPU with its name. */
  readonly device: string;
  close(): Promise<void>;
}

const engines: Readonly<Record<ExecutorFamily['name'], (config: EngineConfig, baseFolder: string) => Promise<Engine>>> =
  {
    onnx: async ({ device }) => ({ ...onnxExecutor, device, close: async () => {} }),
    torch: ({ device, python, num_processes, torchrun }, folder) =>
      startTorch({
        device,
        python: python ?? undefined,
        folder,
        processes: { count: num_processes, torchrun: torchrun ?? [] },
      }),
  };

/** Starts the engine that a config names. @throws TorchError when torch, Python or the device is missing */
export async function startEngine(config: EngineConfig, baseFolder: string): Promise<Engine> {
  const executor = config.executor === 'auto' ? (await chooseExecutor(config, baseFolder)).executor : config.executor;
  return await engines[executor](config, baseFolder);
}

/**
 * What `executor: auto` stands for on this machine: torch where a Python with torch finds a CUDA device, else onnx.
 * @returns the executor, and why it was taken
 */
export async function chooseExecutor(
  config: EngineConfig,
  baseFolder: string,
): Promise<{ readonly executor: ExecutorFamily['name']; readonly reason: string }> {
  if (config.device === 'cpu' || config.device === 'webgpu') {
    return { executor: 'onnx', reason: `device: ${config.device} is asked for` };
  }
  try {
    const device = config.device === 'auto' ? 'cuda' : config.device;
    const engine = await engines.torch({ ...config, device }, baseFolder);
    await engine.close();
    return { executor: 'torch', reason: `it finds ${engine.device}` };
  } catch (error) {
    if (!(error instanceof TorchError)) throw error;
    return { executor: 'onnx', reason: error.message };
  }
}
