import type { EngineChoice, RunRecord } from '../../contract/run.ts';
import { type CheckedValue, checkValue } from './check.ts';

/** Values that runs trained with before the key existed; its default has changed since. */
const beforeTheKey = { length_window: 50 } as const;

/**
 * Checks the config of a run's record, which any version may have written, as a config of this version. Never throws.
 * @param choice the engine that a resumed run goes on with
 */
export const checkRecord = ({ config }: Pick<RunRecord, 'config'>, choice: EngineChoice = {}): CheckedValue =>
  checkValue({ ...config, training: { ...beforeTheKey, ...config.training }, ...choice });
