import path from 'node:path';
import { type RunEstimate, runEstimate } from '../../contract/estimate.ts';
import type { TrainerProgram } from '../../runs/spawn.ts';
import { runTrainerTask } from './trainerTask.ts';

export interface EstimateRequest {
  readonly file: string;
  /** `--set` values. */
  readonly overrides: readonly string[];
  /** Whether this machine may be measured now, which takes all of it for some seconds. */
  readonly mayMeasure: boolean;
}

/** What a config's run would need, told by a process of its own that downloads nothing. @throws TaskError */
export async function estimateRun(
  { file, overrides, mayMeasure }: EstimateRequest,
  trainer: TrainerProgram,
): Promise<RunEstimate> {
  const sets = overrides.flatMap((override) => ['--set', override]);
  const words = ['estimate', file, '--json', '--offline', ...(mayMeasure ? [] : ['--no-measure']), ...sets];
  const { stdout } = await runTrainerTask(trainer, words, { folder: path.dirname(file) });
  return runEstimate.parse(JSON.parse(stdout));
}
