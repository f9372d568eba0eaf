import path from 'node:path';
import { type CheckedSweep, checkSweepText } from '../../../experiments/editor/checkSweepText.ts';
import { checkSweepAgainstWorld } from '../../../experiments/editor/checkSweepWorld.ts';
import type { SweepPlan } from '../../../experiments/plan/planSweep.ts';
import { sizeLimits } from '../../../files/guardedFile.ts';
import { readText } from '../../../files/readText.ts';
import type { CheckRules } from './fileChecks.ts';

/** Facts about a sweep beside its findings. */
export interface SweepFacts {
  /** Present when its configs, their files and models were looked at and nothing is wrong. */
  readonly plan: SweepPlan | undefined;
}

export const sweepRules: CheckRules<CheckedSweep, SweepFacts> = {
  checkText: checkSweepText,
  before: () => ({ plan: undefined }),
  lookAtWorld: async (checked, folder, worldOf) => {
    const { listFolder } = await worldOf(folder);
    const files = { read: (file: string) => readText(path.resolve(folder, file), sizeLimits.config), listFolder };
    const { diagnostics, plan } = await checkSweepAgainstWorld(checked, folder, { files, environment: worldOf });
    return { diagnostics, plan };
  },
};
