import type { RunRecord } from '../../contract/run.ts';

/** What a run is made of, to be started once more. Not as one of its sweep, which has each of its runs once. */
export function sameRun({
  version,
  id,
  createdAt,
  sweep,
  ...content
}: RunRecord): Omit<RunRecord, 'version' | 'id' | 'createdAt'> {
  return content;
}
