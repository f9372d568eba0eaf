import { arrayOf, type JobTask } from '../../slurm/job.ts';
import { isOver } from '../../slurm/jobState.ts';
import { tasksNamed, tasksOf } from '../../slurm/slurm.ts';
import { addJobLine, type Batch, readBatches } from '../folder/sweepJobs.ts';

/** An array of a sweep, with what Slurm says of its tasks. */
export interface KnownBatch extends Batch {
  readonly id: string;
  /** Of each task; undefined where nothing is known of it any more. */
  readonly states: readonly (JobTask | undefined)[];
}

/** So long after it was submitted an array of which nothing is known yet counts as waiting. */
const settlingMs = 60_000;

/** What became of a sweep's arrays, from one question to Slurm. @throws Error where it cannot be asked */
export async function knownBatches(sweepFolder: string): Promise<readonly KnownBatch[]> {
  const submitted: (Batch & { readonly id: string })[] = [];
  for (const batch of readBatches(sweepFolder)) {
    const id = batch.id ?? (await lostId(sweepFolder, batch));
    if (id !== undefined) submitted.push({ ...batch, id });
  }
  const since = submitted[0]?.submittedAt ?? new Date().toISOString();
  const tasks = answered(
    await tasksOf(
      submitted.map(({ id }) => id),
      since,
    ),
  );
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const heardOf = new Set(tasks.map(({ id }) => arrayOf(id)));
  return submitted.map((batch) => {
    const isSettling = !batch.cancelled && Date.now() - Date.parse(batch.submittedAt) < settlingMs;
    const unheard = isSettling && !heardOf.has(batch.id) ? { state: 'PENDING', reason: '', nodes: '' } : undefined;
    const states = batch.tasks.map((_, number) => {
      const id = `${batch.id}_${number}`;
      return byId.get(id) ?? (unheard && { ...unheard, id });
    });
    return { ...batch, states };
  });
}

/** Numbers of the tasks of an array that are not over. */
export const liveTasks = ({ states }: KnownBatch): readonly number[] =>
  [...states.keys()].filter((number) => states[number] !== undefined && !isOver(states[number]));

/** The id of an array whose submitter did not live to write it down; undefined where it was not submitted. */
async function lostId(sweepFolder: string, { batch, name }: Batch): Promise<string | undefined> {
  const [task] = answered(await tasksNamed(name));
  if (task === undefined) return undefined;
  const id = arrayOf(task.id);
  addJobLine(sweepFolder, { batch, id });
  return id;
}

function answered(tasks: readonly JobTask[] | undefined): readonly JobTask[] {
  if (tasks !== undefined) return tasks;
  throw new Error('squeue: must report the jobs of the sweep, got no answer; try again');
}
