import { affine, input } from '../../graph/ops.ts';
import type { Graph } from '../../graph/value.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { UserError } from '../../problems/userError.ts';
import { GraphSession } from './graphSession.ts';
import type { OnnxDevice, Provider } from './native/providers.ts';
import { providerOf } from './native/providers.ts';
import { OnnxSession } from './onnxSession.ts';
import { placeWeights } from './weights/weights.ts';

const needs: Readonly<Record<Provider['name'], string>> = {
  cpu: 'nothing',
  webgpu:
    'a GPU with a driver for Direct3D 12 (Windows), Metal (macOS) or Vulkan (Linux on x64, with libvulkan.so.1: package libvulkan1)',
  cuda: "onnxruntime's CUDA provider, which the extension does not include, and an NVIDIA GPU",
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
  const sum = { outputs: { y: affine(input('x', 'f32', [4]), 1, 1) } };
  const open = (graph: Graph) =>
    GraphSession.open(
      { graph, placements: placeWeights(new Map()), trainable: new Map(), seed: 0 },
      { threads: 1, prepack: false, device },
    );
  let got: string;
  try {
    const session = await OnnxSession.open({ sum }, open);
    const { outputs } = await session.run('sum', {
      x: { dtype: 'f32', shape: [4], data: Float32Array.of(1, 2, 3, 4) },
    });
    await session.close();
    const computed = outputs.y!.data.join();
    if (computed === '2,3,4,5') return;
    got = `2,3,4,5 computed as ${computed}`;
  } catch (error) {
    got = engineReason(error);
  }
  throw new UserError(`device: ${device} needs ${needs[name]}, got ${got}; ${cures[name]}`);
}

/** The engine's own words, without the place in its source that they come from. */
function engineReason(error: unknown): string {
  const text = messageOf(error);
  return text.replace(/^.*(was false\. |: (?=Failed))/s, '').trim();
}
