import { existsSync } from 'node:fs';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import type { Device, Engine } from '../engines/engine.ts';
import { DeviceSearch } from '../engines/trials/deviceSearch.ts';
import { trialRequest } from '../engines/trials/deviceTrial.ts';
import { mayHaveGpu } from '../engines/trials/mayHaveGpu.ts';
import type { TrainerProgram } from '../processes/trainerCommand.ts';
import { chooseEngine } from '../runs/folder/engineChoice.ts';
import {
  type BackboneChoice,
  type BackboneRequest,
  gradientRequest,
  type SettledBackbone,
  settleBackbone,
} from './settleBackbone.ts';

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

/** The run that asks. */
interface SettleRequest extends BackboneRequest {
  readonly config: Pick<ResolvedConfig, 'device' | 'backbone'>;
}

interface SettledEngine extends SettledBackbone {
  readonly choice: BackboneChoice & { readonly device: Device };
}

/** Settles what the config leaves open, reports it, and has every later attempt of the run go on with it. */
export async function settleEngine(
  engine: Engine,
  search: DeviceSearch | undefined,
  request: SettleRequest,
): Promise<SettledEngine> {
  const device = search ? await settleDevice(search, request) : request.config.device;
  const { choice, checked } = await settleBackbone(engine, device, request);
  return { choice: { device, ...choice }, checked };
}

async function settleDevice(search: DeviceSearch, request: SettleRequest): Promise<Device> {
  const { folder, program, options, batches, report } = request;
  const { device, reason } = await search.settle(async (candidate) => {
    const [first] = await batches.epoch(0).parts(0);
    return trialRequest(candidate, program, options, gradientRequest([first!]));
  });
  chooseEngine(folder, { device });
  report({ type: 'note', code: 'device', message: `device: auto takes ${device}: ${reason}` });
  return device;
}
