import path from 'node:path';
import { parseConfig } from '../../../config/text/parse.ts';
import { type CheckedSweep, checkSweepText } from '../../../experiments/editor/checkSweepText.ts';
import { checkSweepAgainstWorld } from '../../../experiments/editor/checkSweepWorld.ts';
import type { SweepPlan } from '../../../experiments/plan/planSweep.ts';
import { sizeLimits } from '../../../files/guardedFile.ts';
import { readText } from '../../../files/readText.ts';
import type { CheckRules } from './fileChecks.ts';
import { namedPaths } from './namedPaths.ts';

/** Facts about a sweep beside its findings. */
interface SweepFacts {
  /** Present when its configs, their files and models were looked at and nothing is wrong. */
  readonly plan: SweepPlan | undefined;
}

export const sweepRules: CheckRules<CheckedSweep, SweepFacts> = {
  checkText: checkSweepText,
  before: () => ({ plan: undefined }),
  lookAtWorld: async (checked, folder, worldOf) => {
    const { listFolder } = await worldOf(folder);
    const alsoNamed: string[] = [];
    const read = async (file: string): ReturnType<typeof readText> => {
      const config = path.resolve(folder, file);
      const found = await readText(config, sizeLimits.config);
      if ('text' in found) alsoNamed.push(...namedPaths(parseConfig(found.text).value, path.dirname(config)));
      return found;
    };
    const { diagnostics, plan } = await checkSweepAgainstWorld(checked, folder, {
      files: { read, listFolder },
      environment: worldOf,
    });
    return { diagnostics, plan, alsoNamed };
  },
};
