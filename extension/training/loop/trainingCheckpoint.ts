import { join } from 'node:path';
import * as z from 'zod';
import { CheckpointError } from '../../checkpoint/format/checkpointError.ts';
import {
  readFloats,
  type SafetensorsFile,
  type SafetensorsTensor,
  writeSafetensors,
} from '../../checkpoint/format/safetensors.ts';
import { openSeal } from '../../checkpoint/format/seal.ts';
import { openSealed } from '../../checkpoint/format/sealedFile.ts';
import { runFiles } from '../../contract/run.ts';
import type { TensorValues, TrainableState, TrainableTensor } from '../../engines/engine.ts';
import { partShape } from '../../engines/hostTensors.ts';
import { defaultAdamW } from '../../engines/optimizers/adamW.ts';
import { slotNames } from '../../engines/optimizers/optimizer.ts';
import { elements } from '../../graph/tensor.ts';
import { showValue } from '../../problems/showValue.ts';
import { type LoopState, loopState } from './state.ts';

const format = 'peft-lab-training/1';
/** Where the tuned values stand in a file; what the optimizer keeps stands under the names of its slots. */
const valuesPart = 'values';

interface TrainingCheckpoint {
  readonly tensors: TrainableState;
  readonly state: LoopState;
}

/** What to do about a checkpoint that cannot be used. */
const cures = {
  last: 'put back a copy of it, or delete it and resume: the run then starts again from its first step',
  best: 'put back a copy of it, or delete it and resume: the best of the evaluations to come then takes its place',
} as const;

/**
 * Writes `last.safetensors` (tensors, moments, loop state) or `best.safetensors` (tensors and loop state), atomically and
 * sealed.
 * @param run the run's id
 */
export async function saveCheckpoint(
  runFolder: string,
  kind: 'last' | 'best',
  { tensors, state }: TrainingCheckpoint,
  run?: string,
): Promise<void> {
  const entries = new Map<string, SafetensorsTensor>();
  const parts = { [valuesPart]: tensors.values, ...(kind === 'last' && tensors.slots) };
  for (const [part, values] of Object.entries(parts)) {
    for (const [name, data] of values) {
      entries.set(`${part}/${name}`, { dtype: 'F32', shape: [data.length], data });
    }
  }
  await writeSafetensors(join(runFolder, runFiles[kind]), entries, {
    format,
    state: JSON.stringify(state),
    ...(kind === 'last' && tensors.settled ? { settled: JSON.stringify(tensors.settled) } : {}),
    ...(run === undefined ? {} : { run }),
    step: String(state.step),
    sha256: openSeal,
  });
}

/**
 * Reads a checkpoint back; `best` comes without moments.
 * @param run the run's id
 * @throws CheckpointError when the file is damaged or belongs to another run, other methods or another model
 */
export async function loadCheckpoint(
  runFolder: string,
  kind: 'last' | 'best',
  trainable: readonly TrainableTensor[],
  run?: string,
): Promise<TrainingCheckpoint> {
  const file = await openCheckpoint(runFolder, kind, run);
  const { path } = file;
  const read = async (part: string) => {
    const tensors = new Map<string, Float32Array>();
    for (const tensor of trainable) {
      const { name } = tensor;
      const data = await readFloats(file, `${part}/${name}`);
      const size = elements(partShape(tensor, part));
      if (data.length !== size)
        throw new CheckpointError(
          path,
          `${part}/${name} must hold ${size} numbers, got ${data.length}; ${cures[kind]}`,
        );
      tensors.set(name, data);
    }
    return tensors;
  };
  const values = await read(valuesPart);
  const slots: Record<string, TensorValues> = {};
  for (const slot of kind === 'last' ? slotNames(defaultAdamW) : []) slots[slot] = await read(slot);
  const settled = recordOf(file, kind, 'settled', settledSchema) ?? undefined;
  return { tensors: { values, slots, settled }, state: recordOf(file, kind, 'state', loopState) };
}

const settledSchema = z.record(z.string(), z.number()).nullable();

/** The loop state of a checkpoint that is as it was written. @throws CheckpointError */
export async function readState(runFolder: string, kind: 'last' | 'best', run: string): Promise<LoopState> {
  return recordOf(await openCheckpoint(runFolder, kind, run), kind, 'state', loopState);
}

/** @throws CheckpointError unless the best checkpoint is the one that the run's state speaks of */
export function demandBest(runFolder: string, found: LoopState, best: NonNullable<LoopState['best']>): void {
  if (found.step === best.step) return;
  const path = join(runFolder, runFiles.best);
  throw new CheckpointError(
    path,
    `must hold the weights of step ${best.step}, the best so far, got those of step ${found.step}; ${cures.best}`,
  );
}

async function openCheckpoint(runFolder: string, kind: 'last' | 'best', run?: string): Promise<SafetensorsFile> {
  const file = await openSealed(join(runFolder, runFiles[kind]), run, cures[kind]);
  if (file.metadata.format === format) return file;
  const got = file.metadata.format ?? 'no format';
  throw new CheckpointError(file.path, `must be a training checkpoint (${format}), got ${got}; ${cures[kind]}`);
}

/** What stands beside the tensors. @throws CheckpointError where it cannot be read */
function recordOf<T>(
  { path, metadata }: SafetensorsFile,
  kind: 'last' | 'best',
  name: 'state' | 'settled',
  schema: z.ZodType<T>,
): T {
  const text = metadata[name];
  try {
    return schema.parse(JSON.parse(text ?? 'null'));
  } catch (cause) {
    const rule = `${name} must be as a run writes it, got ${showValue(text)}`;
    throw new CheckpointError(path, `${rule}; ${cures[kind]}`, { cause });
  }
}
