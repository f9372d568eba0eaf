import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../problems/userError.ts';
import type { Command } from '../../processes/child.ts';
import type { PythonPlace } from './findPython.ts';
import { type Hello, protocolVersion } from './messages.ts';
import { defaultPeerOptions, Peer, type PeerOptions } from './peer.ts';

/** The oldest torch whose AdamW has one fused form for CPU and CUDA. */
const oldestTorch = [2, 4] as const;

/** The Python program lies beside this module, and beside the bundle that this module ends up in. */
const programFile = join(import.meta.dirname, 'python', 'run.py');
/** torchrun, made to outlive the signals that a run's supervisor answers. */
const groupFile = join(import.meta.dirname, 'python', 'group.py');

/** How many processes train one run, and how torchrun brings them together. */
export interface Processes {
  /** On this machine. */
  readonly count: number;
  /** More arguments of torchrun, for several machines: `--nnodes=2`, `--rdzv-endpoint=host:29500`. */
  readonly torchrun: readonly string[];
}

/** How the program is started with a Python: by itself, or by torchrun in several processes. */
export function programCommand(
  { python }: PythonPlace,
  environment: NodeJS.ProcessEnv,
  { count, torchrun }: Processes = { count: 1, torchrun: [] },
): Command {
  // -B: nothing is written beside the program.
  if (count === 1 && torchrun.length === 0) return { program: python, arguments: ['-B', programFile], environment };
  const place = torchrun.length === 0 ? ['--standalone'] : torchrun;
  return {
    program: python,
    arguments: ['-B', groupFile, `--nproc-per-node=${count}`, ...place, programFile],
    // Without it, torchrun gives every process one thread, and says so.
    environment: {
      ...environment,
      OMP_NUM_THREADS: environment.OMP_NUM_THREADS ?? `${Math.max(1, Math.floor(availableParallelism() / count))}`,
    },
  };
}

/**
 * Starts the torch program and checks that it can do its work.
 * @throws UserError naming what is missing, with the command that installs it
 */
export async function startProgram(
  command: Command,
  options: PeerOptions = defaultPeerOptions,
): Promise<{ readonly peer: Peer; readonly hello: Hello }> {
  const started = await Peer.start(command, options);
  const problem = unfit(started.hello);
  if (problem === undefined) return started;
  await started.peer.close();
  throw new UserError(problem, 'torch');
}

/** Why a program cannot be used, and what to do about it. */
function unfit({ protocol, executable, python, torch, problem }: Hello): string | undefined {
  if (protocol !== protocolVersion) {
    return `the torch program: must speak version ${protocolVersion} of the protocol, got ${protocol}; install PEFT Lab again, then resume the run`;
  }
  const install = `${executable} -m pip install torch`;
  if (torch === null) {
    return `executor: torch needs the package torch in ${executable} (Python ${python}), got ${problem ?? 'none'}; install it with: ${install}; or use executor: onnx`;
  }
  const [major = 0, minor = 0] = torch.split('.').map((part) => Number.parseInt(part, 10));
  if (major < oldestTorch[0] || (major === oldestTorch[0] && minor < oldestTorch[1])) {
    return `executor: torch needs torch ${oldestTorch.join('.')} or newer, got ${torch} in ${executable}; install it with: ${install} --upgrade`;
  }
  if (problem !== undefined) {
    return `executor: torch cannot use torch ${torch} in ${executable}, got ${problem}; install it again with: ${install} --force-reinstall`;
  }
  return undefined;
}

/**
 * The device in torch's words: `auto` is the first CUDA device, or the CPU where there is none.
 * @throws UserError when a CUDA device is asked for that is not there
 */
export function torchDevice(asked: string, { torch, cuda, devices }: Hello, processes = 1): string {
  if (asked === 'auto') return devices.length > 0 ? 'cuda:0' : 'cpu';
  if (asked === 'cpu') return 'cpu';
  const index = asked === 'cuda' ? 0 : Number(/^cuda:(\d+)$/.exec(asked)?.[1] ?? Number.NaN);
  if (Number.isNaN(index)) {
    throw new UserError(
      `device: the torch executor runs on cpu and cuda, got ${asked}; use cpu, cuda or auto`,
      'torch',
    );
  }
  if (devices.length === 0) {
    const why = cuda === null ? 'which is built without CUDA' : 'which finds no CUDA device';
    throw new UserError(
      `device: ${asked} needs a CUDA device, got torch ${torch}, ${why}; install torch for CUDA and an NVIDIA driver (https://pytorch.org/get-started), or use device: cpu`,
      'torch',
    );
  }
  if (processes > devices.length) {
    throw new UserError(
      `num_processes: must be at most ${devices.length}, one for each CUDA device here, got ${processes}; lower it, or use device: cpu`,
      'torch',
    );
  }
  if (index >= devices.length) {
    throw new UserError(
      `device: must be cuda:0 … cuda:${devices.length - 1} here, got ${asked}; name one of them`,
      'torch',
    );
  }
  return `cuda:${index}`;
}
