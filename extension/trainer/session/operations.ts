import { exportModel } from '../export/exportModel.ts';
import type { Operations } from '../operations.ts';
import { readConfig } from './checkedConfig.ts';
import { count } from './count.ts';
import { evaluateRun } from './evaluateRun.ts';
import { predict } from './predict.ts';
import { prepare } from './prepare.ts';
import { openTuned } from './tunedRun.ts';
import { work } from './work.ts';

/** The training program as the command line uses it. */
export const operations: Operations = {
  check: async (path, overrides) => (await readConfig(path, overrides)).problems,
  count,
  prepare,
  work,
  evaluate: evaluateRun,
  predict,
  export: async (runFolder, format, out, report) => {
    const { tuned } = await openTuned(runFolder, report);
    report(`exporting as ${format}`, 0, undefined, '');
    return await exportModel(tuned, format, out);
  },
};
