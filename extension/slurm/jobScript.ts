/** What a job asks for; what is undefined the cluster decides. */
interface JobRequest {
  readonly partition: string | undefined;
  readonly account: string | undefined;
  readonly minutes: number | undefined;
  readonly cpus: number;
  readonly gres: string | undefined;
  readonly memory: string | undefined;
  readonly setup: readonly string[];
  readonly options: readonly string[];
}

/** An array of tasks, each of which runs one command. */
export interface ArrayJob {
  readonly name: string;
  readonly tasks: number;
  /** How many of them at once. */
  readonly atOnce: number | undefined;
  readonly request: JobRequest;
  /** Where `ARRAY_TASK.log` lies; must be there, or the job fails without a word. */
  readonly logFolder: string;
  /** Arrays that must be over before it starts, whatever became of them. */
  readonly after: readonly string[];
  /** The command with absolute paths; the task's number follows it. */
  readonly command: readonly string[];
}

/** How long before its time limit a job is warned. */
const noticeSeconds = 120;

/**
 * The text that sbatch takes. The command is a step, under srun: only steps are told of a preemption on every cluster, and all
 * their processes are. Signals must not end in the shell, which keeps them back while a program runs: hence `exec`.
 */
export function jobScript({ name, tasks, atOnce, request, logFolder, after, command }: ArrayJob): string {
  const { partition, account, minutes, cpus, gres, memory, setup, options } = request;
  const notice = minutes === undefined ? noticeSeconds : Math.min(noticeSeconds, minutes * 30);
  const lines = [
    `--job-name=${name}`,
    `--array=0-${tasks - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
    '--requeue',
    '--open-mode=append',
    `--output=${logFolder.replaceAll('%', '%%')}/%A_%a.log`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    `--signal=USR2@${notice}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(minutes === undefined ? [] : [`--time=${minutes}`]),
    ...(gres === undefined ? [] : [`--gres=${gres}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    ...(after.length === 0 ? [] : [`--dependency=afterany:${after.join(':')}`]),
    ...options,
  ];
  const step = ['srun', '--ntasks=1', `--cpus-per-task=${cpus}`, '--open-mode=append', ...command].map(shellWord);
  return [
    '#!/bin/bash',
    ...lines.map((line) => `#SBATCH ${optionWord(line)}`),
    '',
    ...setup,
    `exec ${step.join(' ')} "$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}

const plainWord = /^[\w@%+=:,./-]+$/;

/** A word of an #SBATCH line: sbatch knows quotes and backslashes, and nothing of the shell. */
const optionWord = (text: string): string => (plainWord.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`);

const shellWord = (text: string): string => (plainWord.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
