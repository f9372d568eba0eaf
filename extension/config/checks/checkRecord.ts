import type { EngineChoice, RunRecord } from '../../contract/run.ts';
import { type CheckedValue, checkValue } from './check.ts';

/**
 * Checks the config of a run's record, which any version may have written, as a config of this version. Never throws.
 * @param choice the engine that a resumed run goes on with
 */
export const checkRecord = ({ config }: Pick<RunRecord, 'config'>, choice: EngineChoice = {}): CheckedValue =>
  checkValue({ ...config, ...choice });
