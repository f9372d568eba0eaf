import type { RunRecord } from '../../contract/run.ts';
import { checkConfig } from '../checks/check.ts';
import type { ModelFacts } from '../checks/environment.ts';
import { type ConfigDifference, diffConfigs } from '../resolved/compare.ts';
import { type ResolvedConfig, resolveConfig } from '../resolved/resolve.ts';

/** The run's config, read back from its record; undefined when it is not one of this version. */
export const configOfRecord = ({ config }: Pick<RunRecord, 'config'>): ResolvedConfig | undefined =>
  checkConfig(JSON.stringify(config)).config;

/** Defaults that follow from the model's size: of a model that is not known they are nobody's choice. */
const followsFromModel = /\blearning_rate$|^data\.max_length$/;

/**
 * What a run was trained with though its text says something else, or nothing: the command line or a setting said so.
 * Each difference has the text's value, then the run's.
 * @param model of the run, as this machine knows it
 */
export function setElsewhere(
  record: Pick<RunRecord, 'config' | 'configText'>,
  model?: ModelFacts,
): readonly ConfigDifference[] {
  const { input, methods } = checkConfig(record.configText);
  const ran = configOfRecord(record);
  if (input === undefined || ran === undefined) return [];
  const dimensions = model?.kind === 'known' ? model.dimensions : undefined;
  const differing = diffConfigs([resolveConfig(input, methods.methods, dimensions), ran]);
  return dimensions === undefined ? differing.filter(({ key }) => !followsFromModel.test(key)) : differing;
}
