import type { ExecutorFamily } from '../executor.ts';
import { TorchExecutor } from './executor.ts';
import { findPython } from './findPython.ts';
import type { Hello } from './messages.ts';
import { defaultPeerOptions, type PeerCommand, type PeerOptions } from './peer.ts';
import { recordTo, recordVariable } from './recording.ts';
import { type Processes, programCommand, startProgram, torchDevice } from './torchProgram.ts';

export interface TorchSettings {
  /** As the config says: `auto`, `cpu`, `cuda`, `cuda:1`. */
  readonly device: string;
  /** The Python that the config names. */
  readonly python: string | undefined;
  /** A relative Python starts from here, and here its `.venv` is looked for. */
  readonly folder: string;
  readonly processes: Processes;
}

/** A torch program that runs and waits for a training program. */
export interface TorchEngine extends ExecutorFamily {
  readonly name: 'torch';
  /** `cpu`, or the CUDA device with its name: `cuda:0 (NVIDIA H100)`. */
  readonly device: string;
  /** Ends the program if no executor was made; an executor that was made ends it itself. */
  close(): Promise<void>;
}

/**
 * Finds Python and starts the torch program in it: importing torch takes seconds, and what is missing is told before
 * any data is read.
 * @throws TorchError that says what is missing and how to install it
 */
export function startTorch(settings: TorchSettings): Promise<TorchEngine> {
  const { python, processes } = settings;
  const found = findPython({
    ...(python === undefined ? {} : { named: { python, by: 'python' } }),
    folders: [settings.folder],
    environment: process.env,
    platform: process.platform,
  });
  const record = process.env[recordVariable];
  return openTorch(programCommand(found, process.env, processes), settings.device, {
    ...defaultPeerOptions,
    ...(record === undefined || record === '' ? {} : { onSent: recordTo(record) }),
  });
}

/** As `startTorch`, with a program that is already found. */
export async function openTorch(
  command: PeerCommand,
  askedDevice: string,
  options: PeerOptions = defaultPeerOptions,
): Promise<TorchEngine> {
  const { peer, hello } = await startProgram(command, options);
  try {
    const device = torchDevice(askedDevice, hello, hello.processes);
    return {
      name: 'torch',
      computesFixed: false,
      quantizes: false,
      device: withName(device, hello),
      create: (program, initial) => TorchExecutor.open(peer, device, program, initial),
      close: () => peer.close(),
    };
  } catch (error) {
    await peer.close();
    throw error;
  }
}

function withName(device: string, { devices }: Hello): string {
  const name = device.startsWith('cuda:') ? devices[Number(device.slice('cuda:'.length))]?.name : undefined;
  return name === undefined ? device : `${device} (${name})`;
}
