import { existsSync } from 'node:fs';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import {
  type Backbone,
  type Device,
  type Engine,
  type GradientRequest,
  type OpenOptions,
  type TrainingProgram,
  takesInt8,
} from '../engines/engine.ts';
import { DeviceSearch, mayHaveGpu } from '../engines/trials/deviceSearch.ts';
import { trialRequest } from '../engines/trials/deviceTrial.ts';
import { checkedBatches, checkInt8 } from '../engines/trials/int8Check.ts';
import type { TrainerProgram } from '../runs/control/spawn.ts';
import { chooseEngine } from '../runs/folder/engineChoice.ts';
import type { Batch } from '../tasks/task.ts';
import { lossScale } from './loop/lossScale.ts';
import type { Report } from './loop/report.ts';
import type { TrainingBatches } from './loop/stepBatches.ts';

/**
 * Looks for a GPU while the run's data is read, where the config leaves the device open; where none can be, every
 * attempt of the run stays on the CPU.
 * @param trainer starts the process that looks; absent: there is no GPU
 */
export function searchDevice(
  { device }: Engine,
  { backbone }: Pick<ResolvedConfig, 'backbone'>,
  { folder, trainer }: { readonly folder: string; readonly trainer?: TrainerProgram },
): DeviceSearch | undefined {
  // An int8 backbone is for the CPU.
  if (device !== 'auto' || backbone === 'int8') return undefined;
  if (trainer && mayHaveGpu(process.platform, process.env, existsSync)) return new DeviceSearch(trainer);
  chooseEngine(folder, { device: 'cpu' });
  return undefined;
}

/** The run that asks, with the whole graphs: which device and backbone are taken does not depend on a cache. */
export interface SettleRequest {
  readonly folder: string;
  readonly config: Pick<ResolvedConfig, 'device' | 'backbone'>;
  readonly program: TrainingProgram;
  readonly options: OpenOptions;
  readonly batches: TrainingBatches;
  /** What an earlier attempt settled `backbone: auto` as. */
  readonly recordedBackbone: Backbone | undefined;
  readonly report: Report;
}

/** Settles what the config leaves open, reports it, and has every later attempt of the run go on with it. */
export async function settleEngine(
  engine: Engine,
  search: DeviceSearch | undefined,
  request: SettleRequest,
): Promise<{ readonly device: Device; readonly backbone: Backbone }> {
  const device = search ? await settleDevice(search, request) : request.config.device;
  return { device, backbone: await settleBackbone(engine, device, request) };
}

async function settleDevice(search: DeviceSearch, request: SettleRequest): Promise<Device> {
  const { folder, program, options, batches, report } = request;
  const { device, reason } = await search.settle(async (candidate) => {
    const first = await batches.epoch(0).batch(0);
    return trialRequest(candidate, program, options, gradientRequest([first]));
  });
  chooseEngine(folder, { device });
  report({ type: 'note', code: 'device', message: `device: auto takes ${device}: ${reason}` });
  return device;
}

async function settleBackbone(engine: Engine, device: Device, request: SettleRequest): Promise<Backbone> {
  const { folder, config, program, options, batches, recordedBackbone, report } = request;
  if (config.backbone !== 'auto') return config.backbone;
  if (!takesInt8(engine, device)) return 'fp32';
  if (recordedBackbone) return recordedBackbone;
  const first = batches.epoch(0);
  const count = Math.min(checkedBatches, batches.batchesPerEpoch);
  const sample = await Promise.all(Array.from({ length: count }, (_, i) => first.batch(i)));
  const { backbone, message } = await checkInt8(engine, program, { ...options, device }, gradientRequest(sample));
  chooseEngine(folder, { backbone });
  report({ type: 'note', code: 'backbone', message });
  return backbone;
}

const gradientRequest = (batches: readonly Batch[]): GradientRequest => ({
  step: 1,
  batches: batches.map(({ feeds }) => feeds),
  lossScale: lossScale(batches),
});
