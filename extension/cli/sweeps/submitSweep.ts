import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SlurmPlace } from '../../experiments/file/sweep.ts';
import { runCount } from '../../experiments/plan/runCount.ts';
import { type Place, stagesOf, workAt } from '../../experiments/stages.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { UserError } from '../../problems/userError.ts';
import { runningTrainer, withoutDebugger } from '../../processes/trainerCommand.ts';
import { askSweepToStop } from '../../runs/folder/sweepFolder.ts';
import { addJobLine, readBatches, slurmFolder } from '../../runs/folder/sweepJobs.ts';
import type { ClusterFacts } from '../../slurm/clusterFacts.ts';
import { jobScript } from '../../slurm/jobScript.ts';
import { isWaiting, whyWaiting } from '../../slurm/jobState.ts';
import { cancelJobs, clusterFacts, refusalOf, submitJob, whyNoSlurm } from '../../slurm/slurm.ts';
import { arraysOf, limitOfEach, usualRunsPerJob } from '../../slurm/taskList.ts';
import type { Cli } from '../cli.ts';
import { costOfSweep } from './costOfSweep.ts';
import { runsKnown, type StoredSweep } from './runSweep.ts';
import { secondsSpent } from './secondsSpent.ts';
import { type KnownBatch, knownBatches, liveTasks } from './sweepBatches.ts';

/**
 * Submits jobs for all that a sweep still lacks, the stages that are not yet decided included: each waits for the one before, and its tasks
 * find in the runs what they train. What has a job already gets no other.
 * @returns the number of jobs submitted
 * @throws UserError where Slurm would not take them
 */
export async function submitSweep(cli: Cli, stored: StoredSweep, where: SlurmPlace): Promise<number> {
  const { sweep, plan, folder } = stored;
  const silence = await whyNoSlurm();
  if (silence !== undefined)
    throw new UserError(
      `where.engine: must be local on a machine without Slurm, got slurm, and scontrol says: ${silence}; start the sweep where sbatch works`,
      'usage',
    );
  // A log folder that is missing would fail the jobs without a word.
  makeFolder(slurmFolder(folder));
  const facts = await clusterFacts();
  const runOf = await runsKnown(stored);
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
    const left = places.filter(
      (place) => !taken.has(String(placeTuple(place))) && workAt(sweep, plan, runOf, number, place) !== 'nothing',
    );
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

async function submitArray({ folder, record }: StoredSweep, array: ArrayOfStage): Promise<string> {
  const { stage, tasks, atOnce, after, where, facts, mostSeconds } = array;
  const batch = (readBatches(folder).at(-1)?.batch ?? 0) + 1;
  const name = `peft-${record.id}-${batch}`;
  const { node, nodeArguments } = runningTrainer();
  const words = ['sweep', 'task', folder, '--batch', String(batch), '--kill-wait', String(facts.killWaitSeconds)];
  // A host of the cluster may have an older Node.
  const command = [node, ...nodeArguments.filter((word) => !withoutDebugger.includes(word)), ...words];
  const logFolder = slurmFolder(folder);
  const script = path.join(logFolder, `batch-${batch}.sh`);
  writeFileSync(script, jobScript({ name, tasks: tasks.length, atOnce, request: where, logFolder, after, command }));
  const refused = await refusalOf(script);
  if (refused !== undefined)
    throw new UserError(`where: must be what Slurm takes, got: ${refused}; change it (${script})`, 'usage');
  const places = tasks.map((task) => task.map(placeTuple));
  const limit = mostSeconds === undefined ? {} : { mostSeconds };
  addJobLine(folder, { batch, name, stage, submittedAt: new Date().toISOString(), tasks: places, ...limit });
  const id = await submitJob(script);
  addJobLine(folder, { batch, id });
  return id;
}

/** Cancels all of a sweep's jobs, the latest stages first, so that none of them starts because one before it is gone. */
export async function cancelSweep({ folder }: StoredSweep): Promise<number> {
  askSweepToStop(folder);
  const live = (await knownBatches(folder)).filter((batch) => liveTasks(batch).length > 0);
  await cancelBatches(folder, live.reverse());
  return live.reduce((sum, batch) => sum + liveTasks(batch).length, 0);
}

/** What one array of a sweep is doing. */
export interface JobNews {
  readonly id: string;
  readonly stage: string;
  readonly running: number;
  readonly nodes: readonly string[];
  /** How many tasks wait for each reason. */
  readonly waiting: Readonly<Record<string, number>>;
}

/** The arrays of a sweep that are not over. */
export async function jobNews({ folder, sweep, plan }: StoredSweep): Promise<readonly JobNews[]> {
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
