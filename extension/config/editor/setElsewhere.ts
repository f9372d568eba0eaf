import type { RunRecord } from '../../contract/run.ts';
import { checkConfig } from '../checks/check.ts';
import { checkRecord } from '../checks/checkRecord.ts';
import type { ModelFacts } from '../checks/environment.ts';
import { type ConfigDifference, diffConfigs } from '../resolved/compare.ts';
import { draftConfig, resolveConfig } from '../resolved/resolve.ts';

/**
 * Values that a run was trained with and its text does not have: the command line or a setting gave them.
 * Each difference has the text's value, then the run's.
 * @param model of the run, as this machine knows it
 */
export function setElsewhere(
  record: Pick<RunRecord, 'config' | 'configText'>,
  model?: ModelFacts,
): readonly ConfigDifference[] {
  const { input, methods } = checkConfig(record.configText);
  const ran = checkRecord(record).config;
  if (input === undefined || ran === undefined) return [];
  if (model?.kind === 'known') return diffConfigs([resolveConfig(input, methods.methods, model.dimensions), ran]);
  // Defaults that follow from the model are nobody's choice.
  const ofText = draftConfig(input, methods.methods);
  const waits = (key: string): boolean => /learning_rate$|^data\.max_length$/.test(key);
  return diffConfigs([ofText, ran]).filter(({ key, values }) => values[0] !== null || !waits(key));
}
