import type { RunRecord } from '../../contract/run.ts';
import { type CheckedValue, checkValue } from './check.ts';

/** Checks the config of a run's record, which any version may have written, as a config of this version. Never throws. */
export const checkRecord = ({ config }: Pick<RunRecord, 'config'>): CheckedValue => checkValue(config);
