/** About how long one job shall work, where nobody says: many centres ask for few and longer jobs. */
const usualJobSeconds = 600;

/** How many runs a job does where nobody says; one where it is not known how long they take. */
export const usualRunsPerJob = (secondsOfRun: number | undefined): number =>
  secondsOfRun === undefined || !(secondsOfRun > 0) ? 1 : Math.min(1000, Math.ceil(usualJobSeconds / secondsOfRun));

/**
 * Shares things out to tasks, and tasks to arrays.
 * @param most tasks of one array, Slurm's MaxArraySize − 1 or fewer: indexes begin at 0
 */
export function arraysOf<Thing>(things: readonly Thing[], each: number, most: number): readonly (readonly Thing[])[][] {
  const tasks = chunksOf(things, each);
  return chunksOf(tasks, Math.max(1, most)).map((array) => [...array]);
}

function chunksOf<Thing>(things: readonly Thing[], size: number): readonly (readonly Thing[])[] {
  return Array.from({ length: Math.ceil(things.length / size) }, (_, i) => things.slice(i * size, (i + 1) * size));
}

/** How many tasks of each of so many arrays may run at once; undefined for no limit. */
export const limitOfEach = (atOnce: number | undefined, arrays: number): number | undefined =>
  atOnce === undefined ? undefined : Math.max(1, Math.floor(atOnce / arrays));
