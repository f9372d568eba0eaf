import type { Device } from '../../engine.ts';
import { cpuLowerings } from '../lowering/cpu.ts';
import type { LoweringTable } from '../lowering/lowering.ts';
import { webgpuLowerings } from '../lowering/webgpu.ts';
import type { InferenceSession } from './engine.ts';

/** Where a session computes; `auto` has been settled by then. */
export type OnnxDevice = Exclude<Device, 'auto'>;

/** One of onnxruntime's execution providers. What it has no kernel for, the engine computes on the CPU. */
export interface Provider {
  readonly name: 'cpu' | 'webgpu' | 'cuda';
  /** The providers that a session asks for, the preferred one first. */
  engineOptions(device: OnnxDevice): readonly InferenceSession.ExecutionProviderConfig[];
  /** Rewritings of the engine's that give wrong or slower graphs there. */
  readonly skippedRewritings: readonly string[];
  /** How ops are written where this provider is to compute them. */
  readonly lowerings: LoweringTable;
}

const providers: Readonly<Record<Provider['name'], Provider>> = {
  cpu: {
    name: 'cpu',
    engineOptions: () => ['cpu'],
    // Its SkipLayerNormalization takes several times as long as the two nodes that it stands for.
    skippedRewritings: ['SkipLayerNormFusion'],
    lowerings: cpuLowerings,
  },
  webgpu: {
    name: 'webgpu',
    engineOptions: () => ['webgpu', 'cpu'],
    // Its SkipLayerNormalization leaves out the inverse deviation, which gradients need.
    skippedRewritings: ['SkipLayerNormFusion'],
    lowerings: { ...cpuLowerings, ...webgpuLowerings },
  },
  cuda: {
    name: 'cuda',
    engineOptions: (device) => [{ name: 'cuda', deviceId: Number(device.split(':')[1] ?? 0) }, 'cpu'],
    skippedRewritings: [],
    lowerings: cpuLowerings,
  },
};

/** The provider that computes on a device: `cuda:1` → that of `cuda`. */
export const providerOf = (device: OnnxDevice): Provider => providers[device.split(':')[0] as Provider['name']];
