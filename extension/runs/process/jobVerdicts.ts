import type { ProcessRecord } from '../../contract/run.ts';
import { goneVerdict, type JobVerdict, verdictOn } from '../../slurm/jobState.ts';
import { ownJob, succeeds } from '../../slurm/ownJob.ts';
import { tasksOf } from '../../slurm/slurm.ts';

/** Lists are made often, and the controller serves everyone. */
const freshMs = 30_000;
const known = new Map<string, { readonly askedMs: number; readonly verdict: JobVerdict | undefined }>();

/**
 * What the cluster says of attempts whose journals have no end, in their order; undefined for those of no job, and where the
 * cluster cannot be asked from here. One question for all.
 */
export async function jobVerdicts(
  records: readonly ProcessRecord[],
  { fresh = false }: { readonly fresh?: boolean } = {},
): Promise<readonly (JobVerdict | undefined)[]> {
  const here = ownJob();
  const ids = records.flatMap(({ job }) => (job === undefined || succeeds(here, job) ? [] : [job.id]));
  const now = Date.now();
  const isFresh = (id: string): boolean => !fresh && now - (known.get(id)?.askedMs ?? 0) < freshMs;
  const asked = [...new Set(ids)].filter((id) => !isFresh(id));
  if (asked.length > 0) {
    const since = records.map(({ claimedAt }) => claimedAt).sort()[0]!;
    const tasks = await tasksOf(asked, since);
    for (const id of asked) {
      const task = tasks?.find((task) => task.id === id);
      known.set(id, { askedMs: now, verdict: tasks && (task === undefined ? goneVerdict(id) : verdictOn(task)) });
    }
  }
  return records.map(({ job }) => {
    if (job === undefined) return undefined;
    if (succeeds(here, job)) return { state: 'died', message: `job ${job.id} was started again` };
    return known.get(job.id)?.verdict;
  });
}
