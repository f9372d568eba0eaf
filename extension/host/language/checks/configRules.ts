import { type CheckedConfig, checkConfig } from '../../../config/checks/check.ts';
import { checkAgainstWorld } from '../../../config/checks/checkWorld.ts';
import { type ConfigCount, countConfig } from '../../../config/editor/countConfig.ts';
import type { ResolvedConfig } from '../../../config/resolved/resolve.ts';
import type { CheckRules } from './fileChecks.ts';

/** Facts about a config beside its findings. */
export interface ConfigFacts {
  /** Of the version that was looked at last. */
  readonly count: ConfigCount | undefined;
  /** Every default filled in; present when files and model were looked at and nothing is wrong. */
  readonly config: ResolvedConfig | undefined;
}

export const configRules: CheckRules<CheckedConfig, ConfigFacts> = {
  checkText: checkConfig,
  before: (earlier) => ({ count: earlier?.count, config: undefined }),
  lookAtWorld: async (checked, folder, worldOf) => {
    const environment = await worldOf(folder);
    const [{ diagnostics, config }, count] = await Promise.all([
      checkAgainstWorld(checked, environment),
      countConfig(checked, environment),
    ]);
    return { diagnostics, config, count };
  },
};
