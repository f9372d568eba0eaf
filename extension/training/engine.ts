import { type ExecutorFamily, executorFamily } from '../engines/executor.ts';
import { type EngineSettings, startEngine as start } from '../engines/startEngine.ts';

/** An engine as training still knows it. */
export interface Engine extends ExecutorFamily {
  readonly device: string;
  close(): Promise<void>;
}

/** @throws TorchError when torch, Python or the device is missing */
export async function startEngine(settings: EngineSettings, baseFolder: string): Promise<Engine> {
  const engine = await start(settings, baseFolder);
  return { ...executorFamily(engine), device: engine.device, close: () => engine.close() };
}
