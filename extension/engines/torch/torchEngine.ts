import { serializeGraph } from '../../graph/serialize.ts';
import type { FrozenTensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import type { Command } from '../../processes/child.ts';
import type { Capabilities, Engine, OpenOptions, TrainingProgram } from '../engine.ts';
import { findPython } from './findPython.ts';
import { describeFrozen } from './frames.ts';
import type { Hello } from './messages.ts';
import { defaultPeerOptions, type PeerOptions } from './peer.ts';
import { recordTo, recordVariable } from './recording.ts';
import { type Processes, programCommand, startProgram, torchDevice } from './torchProgram.ts';
import { type TorchProgram, TorchSession } from './torchSession.ts';
import { fusedOptimizers, TorchTraining } from './torchTraining.ts';

interface TorchSettings {
  /** As the config says: `auto`, `cpu`, `cuda`, `cuda:1`. */
  readonly device: string;
  /** The Python that the config names. */
  readonly python: string | undefined;
  /** A relative Python starts from here, and here its `.venv` is looked for. */
  readonly folder: string;
  readonly processes: Processes;
}

/**
 * Finds Python and starts the torch program in it: importing torch takes seconds, and what is missing is told before
 * any data is read.
 * @throws UserError that says what is missing and how to install it
 */
export function startTorch(settings: TorchSettings): Promise<Engine> {
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
  command: Command,
  askedDevice: string,
  options: PeerOptions = defaultPeerOptions,
): Promise<Engine> {
  const { peer, hello } = await startProgram(command, options);
  try {
    const device = torchDevice(askedDevice, hello, hello.processes);
    let numbers = 0;
    const program: TorchProgram = { peer, device, newNumber: () => ++numbers };
    return {
      name: 'torch',
      device: withName(device, hello),
      capabilities,
      open: (graphs, frozen, options = {}) => openGraphs(program, graphs, frozen, options),
      openTraining: (trained: TrainingProgram, options: OpenOptions = {}) =>
        TorchTraining.open(program, trained, options),
      get isUsable() {
        return peer.isAlive;
      },
      close: () => peer.close(),
    };
  } catch (error) {
    await peer.close();
    throw error;
  }
}

const everyPrecision = { precisions: ['fp32', 'bf16', 'fp16'], backbones: ['fp32'] } as const;

const capabilities: Capabilities = {
  devices: { cpu: everyPrecision, cuda: everyPrecision },
  compiles: true,
  stagesAhead: true,
  feedsInPlace: false,
  keepsOutputs: true,
  fuses: fusedOptimizers,
};

async function openGraphs<G extends string>(
  program: TorchProgram,
  graphs: Readonly<Record<G, Graph>>,
  frozen: ReadonlyMap<string, FrozenTensor>,
  { threads, precision = 'fp32' }: OpenOptions,
): Promise<TorchSession<G>> {
  const session = program.newNumber();
  const { described, sent } = describeFrozen(frozen);
  const serialized = Object.entries<Graph>(graphs).map(([name, graph]) => [name, serializeGraph(graph)]);
  await program.peer.request(
    'open',
    { session, graphs: Object.fromEntries(serialized), threads, precision, device: program.device, frozen: described },
    sent,
  );
  return new TorchSession(program, session, graphs);
}

function withName(device: string, { devices }: Hello): string {
  const name = device.startsWith('cuda:') ? devices[Number(device.slice('cuda:'.length))]?.name : undefined;
  return name === undefined ? device : `${device} (${name})`;
}
