import path from 'node:path';
import type { SlurmPlace } from '../../experiments/file/sweep.ts';
import { runCount } from '../../experiments/plan/runCount.ts';
import { type Place, stagesOf, workOf } from '../../experiments/stages.ts';
import { writeFileAtomic } from '../../files/atomicFile.ts';
import { errorMessage } from '../../files/failure.ts';
import { makeOwnFolder } from '../../files/ownFile.ts';
import { counted } from '../../problems/counted.ts';
import { UserError } from '../../problems/userError.ts';
import { runningTrainer, withoutDebugger } from '../../processes/trainerCommand.ts';
import { type KnownBatch, knownBatches, liveTasks } from '../../runs/control/sweepBatches.ts';
import { addJobLine, readBatches, slurmFolder } from '../../runs/folder/sweepJobs.ts';
import type { ClusterFacts } from '../../slurm/clusterFacts.ts';
import { jobScript } from '../../slurm/jobScript.ts';
import { isWaiting, whyWaiting } from '../../slurm/jobState.ts';
import { cancelJobs, clusterFacts, refusalOf, submitJob, whyNoSlurm } from '../../slurm/slurm.ts';
import { arraysOf, limitOfEach, usualRunsPerJob } from '../../slurm/taskList.ts';
import { type Cli, commandIn } from '../cli.ts';
import { costOfSweep } from './costOfSweep.ts';
import { overdueText, secondsSpent } from './secondsSpent.ts';
import { progressOf, runsKnown, type StoredSweep } from './storedSweep.ts';
import type { SweepEngine } from './sweepEngine.ts';

/** A cluster: a job does some runs, one after another, and the jobs of a stage wait for those of the stage before. */
export const slurmEngine: SweepEngine<SlurmPlace> = {
  isDetached: true,
  demand: demandSlurm,
  start: async (cli, sweep, where) => {
    const { id } = sweep.record;
    const jobs = await submitSweep(cli, sweep, where);
    const look = commandIn(sweep.store.folder, `sweep status ${id}`);
    cli.note(`sweep ${id}: ${counted(jobs, 'job')} submitted; look at them with: ${look}\n`);
    return 0;
  },
  stop: async ({ folder }) => {
    const batches = await knownBatches(folder);
    if (batches.length === 0) return undefined;
    const live = batches.filter((batch) => liveTasks(batch).length > 0);
    // The latest stages first, so that none of them starts because one before it is gone.
    await cancelBatches(folder, live.toReversed());
    const jobs = live.reduce((sum, batch) => sum + liveTasks(batch).length, 0);
    return `${counted(jobs, 'job')} cancelled; those that ran write a checkpoint`;
  },
  news: async (sweep) => {
    const last = readBatches(sweep.folder).at(-1);
    if (last === undefined) return { lines: [], facts: {} };
    const jobs = await jobNews(sweep);
    const { mostSeconds } = last;
    const isOverdue = mostSeconds !== undefined && (await secondsSpent(sweep)) >= mostSeconds;
    const isWhole = !isOverdue || (await progressOf(sweep)).open.length === 0;
    const overdue = isWhole ? [] : [overdueText];
    return { lines: [...jobs.map(newsText), ...overdue], facts: { jobs } };
  },
};

async function demandSlurm(): Promise<void> {
  const silence = await whyNoSlurm();
  if (silence === undefined) return;
  throw new UserError(
    `where.engine: must be local on a machine without Slurm, got slurm, and scontrol says: ${silence}; start the sweep where sbatch works`,
    'usage',
  );
}

/**
 * Submits jobs for all that a sweep still lacks, the stages that are not yet decided included: each waits for the one before, and its tasks
 * find in the runs what they train. What has a job already gets no other.
 * @returns the number of jobs submitted
 * @throws UserError where Slurm would not take them
 */
async function submitSweep(cli: Cli, stored: StoredSweep, where: SlurmPlace): Promise<number> {
  const { sweep, plan, folder } = stored;
  await demandSlurm();
  // A log folder that is missing would fail the jobs without a word.
  makeOwnFolder(slurmFolder(folder));
  const facts = await clusterFacts();
  const runOf = await runsKnown(stored);
  const workAt = workOf(sweep, plan, runOf);
  const batches = await knownBatches(folder);
  const each = await runsPerJob(cli, stored, where);
  const { hours } = sweep.limit;
  const mostSeconds = hours === null ? undefined : (await secondsSpent(stored)) + hours * 3600;
  let before: readonly string[] = [];
  let submitted = 0;
  for (const [number, { places }] of stagesOf(sweep, plan).entries()) {
    let ofStage: readonly KnownBatch[] = batches.filter(({ stage }) => stage === number);
    if (submitted > 0) ofStage = await withoutWaiting(folder, ofStage);
    const taken = new Set(
      ofStage.flatMap((batch) => liveTasks(batch).flatMap((task) => batch.tasks[task]!.map(String))),
    );
    const left = places.filter((place) => !taken.has(String(placeTuple(place))) && workAt(number, place) !== 'nothing');
    const arrays = arraysOf(left, each, facts.maxArraySize - 1);
    const ids: string[] = ofStage.filter((batch) => liveTasks(batch).length > 0).map(({ id }) => id);
    for (const tasks of arrays) {
      const atOnce = limitOfEach(where.atOnce, arrays.length);
      ids.push(await submitArray(stored, { stage: number, tasks, atOnce, after: before, where, facts, mostSeconds }));
      submitted += tasks.length;
    }
    if (ids.length > 0) before = ids;
  }
  return submitted;
}

/** As many as the sweep says, or as take about ten minutes by this machine's measure. */
async function runsPerJob(cli: Cli, { record, sweep, plan }: StoredSweep, where: SlurmPlace): Promise<number> {
  if (where.runsPerJob !== undefined) return where.runsPerJob;
  const priced = await costOfSweep(cli, record.path, { sweep, plan }, { measure: true, downloads: true });
  return usualRunsPerJob('cost' in priced ? priced.cost.seconds / runCount(sweep) : undefined);
}

/** Takes back what waits for a stage that has got further jobs: it would not wait for those. */
async function withoutWaiting(folder: string, batches: readonly KnownBatch[]): Promise<readonly KnownBatch[]> {
  const isBack = (batch: KnownBatch): boolean =>
    liveTasks(batch).length > 0 && liveTasks(batch).every((task) => isWaiting(batch.states[task]!));
  await cancelBatches(folder, batches.filter(isBack));
  return batches.filter((batch) => !isBack(batch));
}

async function cancelBatches(folder: string, batches: readonly KnownBatch[]): Promise<void> {
  await cancelJobs(batches.map(({ id }) => id));
  for (const { batch } of batches) addJobLine(folder, { batch, cancelled: true });
}

interface ArrayOfStage {
  readonly stage: number;
  readonly tasks: readonly (readonly Place[])[];
  readonly atOnce: number | undefined;
  readonly after: readonly string[];
  readonly where: SlurmPlace;
  readonly facts: ClusterFacts;
  readonly mostSeconds: number | undefined;
}

const placeTuple = ({ cell, rank, seed }: Place): [number, number, number] => [cell, rank, seed];

async function submitArray({ folder, record, store }: StoredSweep, array: ArrayOfStage): Promise<string> {
  const { stage, tasks, atOnce, after, where, facts, mostSeconds } = array;
  const batch = (readBatches(folder).at(-1)?.batch ?? 0) + 1;
  const name = `peft-${record.id}-${batch}`;
  const { node, nodeArguments } = runningTrainer();
  const words = ['sweep', 'task', folder, '--batch', String(batch), '--kill-wait', String(facts.killWaitSeconds)];
  // A host of the cluster may have an older Node.
  const command = [node, ...nodeArguments.filter((word) => !withoutDebugger.includes(word)), ...words];
  const logFolder = slurmFolder(folder);
  const script = path.join(logFolder, `batch-${batch}.sh`);
  writeFileAtomic(script, jobScript({ name, tasks: tasks.length, atOnce, request: where, logFolder, after, command }));
  const refused = await refusalOf(script);
  if (refused !== undefined)
    throw new UserError(`where: must be what Slurm takes, got: ${refused}; change it (${script})`, 'usage');
  const places = tasks.map((task) => task.map(placeTuple));
  const limit = mostSeconds === undefined ? {} : { mostSeconds };
  addJobLine(folder, { batch, name, stage, submittedAt: new Date().toISOString(), tasks: places, ...limit });
  const id = await submitJob(script).catch((error: unknown) => {
    // A limit of the account, for one: it lets further jobs in when others have ended.
    throw new UserError(
      `${errorMessage(error)}; what was submitted before goes on, and the rest is submitted by: ${commandIn(store.folder, `sweep resume ${record.id}`)}`,
    );
  });
  addJobLine(folder, { batch, id });
  return id;
}

/** What one array of a sweep is doing. */
interface JobNews {
  readonly id: string;
  readonly stage: string;
  readonly running: number;
  readonly nodes: readonly string[];
  /** How many tasks wait for each reason. */
  readonly waiting: Readonly<Record<string, number>>;
}

/** The arrays of a sweep that are not over. */
async function jobNews({ folder, sweep, plan }: StoredSweep): Promise<readonly JobNews[]> {
  const stages = stagesOf(sweep, plan);
  const batches = await knownBatches(folder);
  return batches.flatMap((batch) => {
    const live = liveTasks(batch).map((task) => batch.states[task]!);
    if (live.length === 0) return [];
    const waiting: Record<string, number> = {};
    for (const task of live.filter(isWaiting)) waiting[whyWaiting(task)] = (waiting[whyWaiting(task)] ?? 0) + 1;
    const running = live.filter((task) => !isWaiting(task));
    const nodes = [...new Set(running.map((task) => task.nodes))].filter((node) => node !== '').sort();
    return [{ id: batch.id, stage: stages[batch.stage]?.name ?? '', running: running.length, nodes, waiting }];
  });
}

/** `job 1234, tuning: 2 running on n1 n2; 3 waiting: nothing is free (Resources)` */
function newsText({ id, stage, running, nodes, waiting }: JobNews): string {
  const parts = [
    ...(running > 0 ? [`${running} running on ${nodes.join(' ')}`] : []),
    ...Object.entries(waiting).map(([why, count]) => `${count} waiting: ${why}`),
  ];
  return `job ${id}, ${stage}: ${parts.join('; ')}`;
}
