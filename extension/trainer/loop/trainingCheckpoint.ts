import { join } from 'node:path';
import { runFiles } from '../../contract/run.ts';
import { CheckpointError } from '../checkpoint/checkpointError.ts';
import {
  openSafetensors,
  readFloats,
  type SafetensorsFile,
  type SafetensorsTensor,
  writeSafetensors,
} from '../checkpoint/safetensors.ts';
import type { TrainableState, TrainableTensor } from '../executor.ts';
import { type LoopState, loopState } from './state.ts';

const format = 'peft-lab-training/1';
const parts = ['values', 'moment1', 'moment2'] as const;

export interface TrainingCheckpoint {
  readonly tensors: TrainableState;
  readonly state: LoopState;
}

/** Writes `last.safetensors` (tensors, moments, loop state) or `best.safetensors` (tensors and loop state), atomically. */
export async function saveCheckpoint(
  runFolder: string,
  kind: 'last' | 'best',
  { tensors, state }: TrainingCheckpoint,
): Promise<void> {
  const entries = new Map<string, SafetensorsTensor>();
  for (const part of kind === 'last' ? parts : (['values'] as const)) {
    for (const [name, data] of tensors[part]) {
      entries.set(`${part}/${name}`, { dtype: 'F32', shape: [data.length], data });
    }
  }
  await writeSafetensors(join(runFolder, runFiles[kind]), entries, { format, state: JSON.stringify(state) });
}

/** The loop state alone. @throws CheckpointError */
export async function readState(runFolder: string, kind: 'last' | 'best'): Promise<LoopState> {
  return stateOf(await openCheckpoint(runFolder, kind));
}

/**
 * Reads a checkpoint back; `best` comes without moments.
 * @throws CheckpointError when the file is damaged or belongs to other methods or another model
 */
export async function loadCheckpoint(
  runFolder: string,
  kind: 'last' | 'best',
  trainable: readonly TrainableTensor[],
): Promise<TrainingCheckpoint> {
  const file = await openCheckpoint(runFolder, kind);
  const { path } = file;
  const read = async (part: (typeof parts)[number]) => {
    const tensors = new Map<string, Float32Array>();
    for (const { name, shape } of trainable) {
      const data = await readFloats(file, `${part}/${name}`);
      const size = shape.reduce((n, dim) => n * dim, 1);
      if (data.length !== size)
        throw new CheckpointError(path, `${part}/${name} must hold ${size} numbers, got ${data.length}`);
      tensors.set(name, data);
    }
    return tensors;
  };
  const values = await read('values');
  const moments = kind === 'last' ? [await read('moment1'), await read('moment2')] : [new Map(), new Map()];
  return {
    tensors: { values, moment1: moments[0]!, moment2: moments[1]! },
    state: stateOf(file),
  };
}

async function openCheckpoint(runFolder: string, kind: 'last' | 'best'): Promise<SafetensorsFile> {
  const file = await openSafetensors(join(runFolder, runFiles[kind]));
  if (file.metadata.format === format) return file;
  const got = file.metadata.format ?? 'no format';
  throw new CheckpointError(file.path, `must be a training checkpoint (${format}), got ${got}`);
}

const stateOf = ({ metadata }: SafetensorsFile): LoopState => loopState.parse(JSON.parse(metadata.state ?? 'null'));
