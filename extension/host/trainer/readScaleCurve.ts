import path from 'node:path';
import { type ScaleCurve, scaleCurve } from '../../contract/scale.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTrainerTask } from './trainerTask.ts';

/** A run's score over the scale of its change. @throws TaskError when nothing of it can be scaled */
export async function readScaleCurve(
  { folder }: RunEntry,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<ScaleCurve> {
  const words = ['scale', folder, '--json', '--runs', path.dirname(folder)];
  const { stdout } = await runTrainerTask(trainer, words, { folder: path.dirname(folder), signal });
  return scaleCurve.parse(JSON.parse(stdout));
}
