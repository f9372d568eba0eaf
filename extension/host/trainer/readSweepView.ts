import * as z from 'zod';
import type { FlipsQuestion } from '../../contract/panel.ts';
import { type RowFlipsView, rowFlipsView } from '../../contract/rowFlips.ts';
import { type SweepView, sweepView } from '../../contract/sweepView.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { runTrainerTask } from './trainerTask.ts';

/** Two arms of a sweep row by row, for each of its questions. @throws TaskError when they cannot be compared */
export async function readRowFlips(
  { sweep, first, second }: FlipsQuestion,
  runsFolder: string,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<readonly RowFlipsView[]> {
  const words = ['sweep', 'report', sweep, '--json', '--runs', runsFolder, '--flips', first, second];
  const { stdout } = await runTrainerTask(trainer, words, { folder: runsFolder, signal });
  return z.array(rowFlipsView).parse(JSON.parse(stdout));
}

/** Everything that is shown of a sweep, with its verdicts: their statistics take a process of their own. @throws TaskError */
export async function readSweepView(
  id: string,
  runsFolder: string,
  trainer: TrainerProgram,
  signal: AbortSignal,
): Promise<SweepView> {
  const words = ['sweep', 'view', id, '--runs', runsFolder];
  const { stdout } = await runTrainerTask(trainer, words, { folder: runsFolder, signal });
  return sweepView.parse(JSON.parse(stdout));
}
