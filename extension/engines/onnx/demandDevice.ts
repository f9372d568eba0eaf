import { affine, input } from '../../graph/ops.ts';
import { UserError } from '../../problems/userError.ts';
import { lowerGraph } from './lowerGraph.ts';
import type { OnnxDevice, Provider } from './native/providers.ts';
import { providerOf } from './native/providers.ts';
import { EngineTensor, openSession } from './native/session.ts';

const needs: Readonly<Record<Provider['name'], string>> = {
  cpu: 'nothing',
  webgpu:
    'a GPU with a driver for Direct3D 12 (Windows), Metal (macOS) or Vulkan (Linux on x64, with libvulkan.so.1: package libvulkan1)',
  cuda: "onnxruntime's CUDA provider, which the extension does not bring, and an NVIDIA GPU",
};

const cures: Readonly<Record<Provider['name'], string>> = {
  cpu: 'install the extension again',
  webgpu: 'install the driver, or use device: cpu',
  cuda: 'use device: webgpu, executor: torch with a Python that has torch, or device: cpu',
};

/**
 * Computes one sum on a device. Costs about 0.3 s on a GPU, which the first session would have needed anyway.
 * @throws UserError when it cannot be used
 */
export async function demandDevice(device: OnnxDevice): Promise<void> {
  const { name } = providerOf(device);
  const graph = { outputs: { y: affine(input('x', 'f32', [4]), 1, 1) } };
  const { bytes } = lowerGraph(graph, { folder: undefined, byName: new Map() });
  let got: string;
  try {
    const session = await openSession(bytes, { folder: undefined, threads: 1, prepack: false, device });
    const { y } = await session.run({ x: new EngineTensor('float32', Float32Array.of(1, 2, 3, 4), [4]) });
    await session.release();
    const sum = [...(y!.data as Float32Array)].join();
    if (sum === '2,3,4,5') return;
    got = `2,3,4,5 computed as ${sum}`;
  } catch (error) {
    got = engineReason(error);
  }
  throw new UserError(`device: ${device} needs ${needs[name]}, got ${got}; ${cures[name]}`);
}

/** The engine's own words, without the place in its source that they come from. */
function engineReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^.*(was false\. |: (?=Failed))/s, '').trim();
}
