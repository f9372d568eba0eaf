/** What Slurm says of one job, or of one task of an array. */
export interface JobTask {
  /** `1234_7`, or `1234` for a job that is no array. */
  readonly id: string;
  /** As Slurm writes it: `RUNNING`, `CANCELLED by 1000`. */
  readonly state: string;
  /** Why it waits: `Priority`; empty where nothing is said. */
  readonly reason: string;
  readonly nodes: string;
  /** `1:0`: exit code and signal, where they are known. */
  readonly exit?: string;
}

const queueFormat = '%i|%T|%r|%N';

/** Words of squeue for the tasks of jobs, those lately over included, one a line: without `-r` waiting ones share a line. */
export const queueWords = (ids: readonly string[]): readonly string[] => [
  ...['--noheader', '--array', '--states=all', `--format=${queueFormat}`],
  `--jobs=${ids.join(',')}`,
];

/** The same for the one job or array of a name that may not have come to be. */
export const namedQueueWords = (name: string): readonly string[] => [
  ...['--noheader', '--array', '--states=all', `--format=${queueFormat}`],
  `--name=${name}`,
];

/** What squeue says, line by line; lines that are no task are left out. */
export function parseQueue(text: string): readonly JobTask[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', state = '', reason = '', nodes = ''] = line.trim().split('|');
    if (!isTaskId(id) || state === '') return [];
    return [{ id, state, reason: reason === 'None' ? '' : reason, nodes }];
  });
}

/**
 * Words of sacct, for jobs that squeue has forgotten.
 * @param since a day that is not after their start: by itself it begins at midnight
 */
export const accountWords = (ids: readonly string[], since: string): readonly string[] => [
  ...['--allocations', '--parsable2', '--noheader', `--jobs=${ids.join(',')}`],
  ...[`--starttime=${since}`, '--format=JobID,State,ExitCode,NodeList'],
];

/** What sacct says, line by line. Of several attempts it tells the last one. */
export function parseAccounts(text: string): readonly JobTask[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', state = '', exit = '', nodes = ''] = line.trim().split('|');
    if (!isTaskId(id) || state === '') return [];
    return [{ id, state, reason: '', nodes: nodes === 'None assigned' ? '' : nodes, ...(exit && { exit }) }];
  });
}

const isTaskId = (text: string): boolean => /^\d+(_\d+)?$/.test(text);

/** The array, or the job, that a task is of. */
export const arrayOf = (id: string): string => id.split('_')[0]!;
