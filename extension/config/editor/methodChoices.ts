import { type MethodSet, methodSets } from '../../methods/choices.ts';
import { checkConfig } from '../checks/check.ts';
import type { Environment } from '../checks/environment.ts';
import { countConfig } from './countConfig.ts';
import { methodCountText } from './lens.ts';
import { type ConfigChoices, writeConfigText } from './writeConfigText.ts';

/** One set of methods to choose, with what it costs on the chosen model. */
export interface MethodChoice extends MethodSet {
  /** `2,304 tunable (0.26 %)`; empty where the model's sizes are not known. */
  readonly cost: string;
}

/** The methods and presets that an experiment may choose. */
export async function methodChoices(
  choices: Omit<ConfigChoices, 'methods'>,
  environment: Environment,
): Promise<readonly MethodChoice[]> {
  return await Promise.all(
    methodSets.map(async (choice) => {
      const count = await countConfig(
        checkConfig(writeConfigText({ ...choices, methods: choice.methods })),
        environment,
      );
      const total = count.kind === 'counted' ? count.total : undefined;
      return { ...choice, cost: total === undefined ? '' : methodCountText(total) };
    }),
  );
}
