import { isCode } from '../files/failure.ts';
import { type CommandResult, runCommand } from '../processes/runCommand.ts';
import { type ClusterFacts, parseClusterFacts } from './clusterFacts.ts';
import { accountWords, type JobTask, namedQueueWords, parseAccounts, parseQueue, queueWords } from './job.ts';

/** A controller that is busy answers late. */
const answerMs = 60_000;

/** Runs one of Slurm's programs; its code is null where it could not be run at all. */
async function ask(program: string, words: readonly string[], limitMs = answerMs): Promise<CommandResult> {
  const command = { program, arguments: words, environment: outsideJobs(process.env) };
  const result = await runCommand(command, limitMs);
  return isCode(result.startError, 'ENOENT') ? { ...result, stderr: `${program}: is not there` } : result;
}

/** What a job says of itself would become options of the jobs that are submitted from it. */
function outsideJobs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (environment.SLURM_JOB_ID === undefined) return environment;
  const ours = Object.entries(environment).filter(([name]) => !/^SLURM_(?!CONF$)|^SRUN_/.test(name));
  return Object.fromEntries(ours);
}

/** What is wrong where Slurm does not answer; undefined where it does. */
export async function whyNoSlurm(): Promise<string | undefined> {
  const { code, stdout, stderr } = await ask('scontrol', ['ping'], 15_000);
  // It tells with code 1 that only the backup controller is up.
  if (code !== null && / is UP\b/.test(stdout)) return undefined;
  return lastLine(stderr) || lastLine(stdout) || 'no answer';
}

export async function clusterFacts(): Promise<ClusterFacts> {
  return parseClusterFacts((await ask('scontrol', ['show', 'config'])).stdout);
}

/** Why Slurm would not take a job; undefined where it would. Without this, what no node can serve is accepted and waits for ever. */
export async function refusalOf(scriptFile: string): Promise<string | undefined> {
  const { code, stderr, stdout } = await ask('sbatch', ['--test-only', scriptFile]);
  return code === 0 ? undefined : lastLine(stderr) || lastLine(stdout) || 'no answer from sbatch';
}

/** Submits a job. @returns its id @throws Error with Slurm's words */
export async function submitJob(scriptFile: string): Promise<string> {
  const { code, stdout, stderr } = await ask('sbatch', ['--parsable', scriptFile]);
  const id = /^\d+/m.exec(stdout)?.[0];
  if (code === 0 && id !== undefined) return id;
  throw new Error(
    `${scriptFile}: must be taken by Slurm, got: ${lastLine(stderr) || lastLine(stdout) || 'no answer'}; change \`where\` of the sweep, or try again`,
  );
}

/**
 * What becomes of the tasks of jobs, or of single tasks. What neither squeue nor accounting knows of any more is left out; many
 * clusters keep no accounts.
 * @param since ISO 8601 time before which none of them ended
 * @returns undefined where Slurm cannot be asked
 */
export async function tasksOf(ids: readonly string[], since: string): Promise<readonly JobTask[] | undefined> {
  if (ids.length === 0) return [];
  const { code, stdout, stderr } = await ask('squeue', queueWords(ids));
  // It refuses when it has forgotten all of them.
  if (code !== 0 && !/invalid job id/i.test(stderr)) return undefined;
  const queued = parseQueue(stdout);
  const isKnown = (id: string): boolean => queued.some((task) => task.id === id || task.id.startsWith(`${id}_`));
  const forgotten = ids.filter((id) => !isKnown(id));
  if (forgotten.length === 0) return queued;
  const dayBefore = new Date(Date.parse(since) - 86_400_000).toISOString().slice(0, 10);
  const accounts = await ask('sacct', accountWords(forgotten, dayBefore));
  return accounts.code === 0 ? [...queued, ...parseAccounts(accounts.stdout)] : queued;
}

/** The tasks of the job of a name; undefined where Slurm cannot be asked. */
export async function tasksNamed(name: string): Promise<readonly JobTask[] | undefined> {
  const { code, stdout } = await ask('squeue', namedQueueWords(name));
  return code === 0 ? parseQueue(stdout) : undefined;
}

/** Cancels jobs or tasks, in their order; those that are over are passed over. @throws Error with Slurm's words */
export async function cancelJobs(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { code, stderr } = await ask('scancel', ids);
  if (code !== 0 && !/invalid job id|already completed|completing/i.test(stderr))
    throw new Error(
      `scancel ${ids.join(' ')}: must be taken by Slurm, got: ${lastLine(stderr) || 'no answer'}; try again, or cancel them with scancel`,
    );
}

/** Has a task started again from its beginning. @returns whether Slurm will */
export async function requeueTask(id: string): Promise<boolean> {
  return (await ask('scontrol', ['requeue', id])).code === 0;
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)!.trim();
