import { type SweepView, sweepView } from '../../contract/sweepView.ts';
import type { TrainerProgram } from '../../runs/control/spawn.ts';
import { runTrainerTask } from './trainerTask.ts';

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
