import type { RunRecord } from '../../contract/run.ts';
import { writingHead } from '../../models/model/model.ts';
import { knownTask } from '../../tasks/registry.ts';

/** Whether a run's model writes, as other models label. */
export const writesText = ({ record }: { readonly record: Pick<RunRecord, 'task'> }): boolean =>
  knownTask(record.task)?.head === writingHead;
