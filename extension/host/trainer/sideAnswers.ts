import path from 'node:path';
import * as z from 'zod';
import { type FlipsQuestion, type TensorChange, tensorChange } from '../../contract/panel.ts';
import { type RowFlipsView, rowFlipsView } from '../../contract/rowFlips.ts';
import { type ScaleCurve, scaleCurve } from '../../contract/scale.ts';
import { type SweepView, sweepView } from '../../contract/sweepView.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { askTrainer } from './trainerTask.ts';

/** How far what a run tunes has moved, from its checkpoints. @throws TaskError when they cannot be read */
export async function readDrift(
  { folder, record, summary }: RunEntry,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<readonly TensorChange[]> {
  // A run whose tensors cannot have moved starts no process.
  if (summary.journalBytes === 0 || record.counts.method === 0) return [];
  const runs = path.dirname(folder);
  return await askTrainer(z.array(tensorChange), trainer, ['drift', folder, '--runs', runs], { folder: runs, signal });
}

/** A run's score over the scale of its change. @throws TaskError when nothing of it can be scaled */
export async function readScaleCurve(
  { folder }: RunEntry,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<ScaleCurve> {
  const runs = path.dirname(folder);
  return await askTrainer(scaleCurve, trainer, ['scale', folder, '--json', '--runs', runs], { folder: runs, signal });
}

/** Two arms of a sweep row by row, for each of its questions. @throws TaskError when they cannot be compared */
export async function readRowFlips(
  { sweep, first, second }: FlipsQuestion,
  folder: string,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<readonly RowFlipsView[]> {
  const words = ['sweep', 'report', sweep, '--json', '--runs', folder, '--flips', first, second];
  return await askTrainer(z.array(rowFlipsView), trainer, words, { folder, signal });
}

/** Everything that is shown of a sweep, with its verdicts. @throws TaskError */
export async function readSweepView(
  id: string,
  folder: string,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<SweepView> {
  return await askTrainer(sweepView, trainer, ['sweep', 'view', id, '--runs', folder], { folder, signal });
}
