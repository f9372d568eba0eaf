import path from 'node:path';
import * as z from 'zod';
import { type TensorChange, tensorChange } from '../../contract/panel.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTrainerTask } from './trainerTask.ts';

/** How far what a run tunes has moved, from its checkpoints. @throws TaskError when they cannot be read */
export async function readDrift(
  { folder, record, summary }: RunEntry,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<readonly TensorChange[]> {
  // A run whose tensors cannot have moved starts no process.
  if (summary.journalBytes === 0 || record.counts.method === 0) return [];
  const words = ['drift', folder, '--runs', path.dirname(folder)];
  const { stdout } = await runTrainerTask(trainer, words, { folder: path.dirname(folder), signal });
  return z.array(tensorChange).parse(JSON.parse(stdout));
}
