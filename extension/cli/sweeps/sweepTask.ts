import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runFiles } from '../../contract/run.ts';
import { type OpenVariant, tuningOf } from '../../experiments/progress.ts';
import { type Place, workOf } from '../../experiments/stages.ts';
import { UserError } from '../../problems/userError.ts';
import { runningTrainer } from '../../processes/trainerCommand.ts';
import { endUnworked } from '../../runs/control/stop.ts';
import { attemptAt } from '../../runs/folder/claim.ts';
import { isSweepAskedToStop, variantRunId } from '../../runs/folder/sweepFolder.ts';
import { readBatches } from '../../runs/folder/sweepJobs.ts';
import { attemptMoved } from '../../runs/journal/attemptMoved.ts';
import { readJournal } from '../../runs/journal/journalReader.ts';
import { graceMsOf } from '../../slurm/clusterFacts.ts';
import { NoticeBoard } from '../../slurm/noticeBoard.ts';
import { type JobIdentity, ownJob } from '../../slurm/ownJob.ts';
import { Workers } from '../../supervisor/workers.ts';
import { type Cli, commandIn } from '../cli.ts';
import { keepVerdict } from './keepVerdict.ts';
import { demandSameConfigs, demandSamePlan } from './openSweep.ts';
import { runVariant } from './runVariant.ts';
import { overdueText, secondsSpent } from './secondsSpent.ts';
import { runsKnown, type StoredSweep, titleOf } from './storedSweep.ts';

/** How long what another host has just written may stay unseen on a shared file system. */
const lagMs = 90_000;
const lagPollMs = 3_000;

export interface TaskOptions {
  readonly batch: number;
  readonly task: number;
  readonly killWaitSeconds: number;
}

/**
 * What a job of Slurm does of a sweep: its runs, one after another. Told that the end is near, it ends the run under way with a
 * checkpoint and has itself started again.
 * @returns the exit code
 */
export async function runSweepTask(cli: Cli, stored: StoredSweep, options: TaskOptions): Promise<number> {
  const job = ownJob();
  const batch = readBatches(stored.folder).find(({ batch }) => batch === options.batch);
  const places = batch?.tasks[options.task];
  if (job === undefined || batch === undefined || places === undefined)
    throw new UserError('sweep task: is started by Slurm alone; use peft-lab sweep resume', 'usage');
  const board = new NoticeBoard();
  demandSamePlan(stored);
  demandSameConfigs(stored.record);
  const task = { cli, stored, job, stage: batch.stage, board, graceMs: graceMsOf(options.killWaitSeconds) };
  const workers = new Workers(runningTrainer());
  let exitCode = 0;
  let hasMoved = false;
  for (const [cell, rank, seed] of places) {
    if (board.isWarned || isSweepAskedToStop(stored.folder)) break;
    if (batch.mostSeconds !== undefined && (await secondsSpent(stored)) >= batch.mostSeconds) {
      cli.note(`${overdueText}; go on with: ${resumeIn(stored)}\n`);
      exitCode = 1;
      break;
    }
    const outcome = await workOn(task, { cell, rank, seed }, workers);
    hasMoved ||= outcome !== 'undone';
    if (outcome !== 'done') exitCode = 1;
    if (outcome === 'let down') break;
  }
  await workers.close();
  await keepVerdict(stored);
  if (!board.isWarned) return exitCode;
  // Twice started again and not a step further: it would go on like this for ever.
  const isStuck = !hasMoved && job.restarts >= 2;
  cli.note(
    await board.answer(
      job.id,
      isStuck ? `no progress within where.time in three starts; ${moreTime(stored)}` : undefined,
    ),
  );
  return 130;
}

interface Task {
  readonly cli: Cli;
  readonly stored: StoredSweep;
  readonly job: JobIdentity;
  readonly stage: number;
  readonly board: NoticeBoard;
  readonly graceMs: number;
}

const moreTime = ({ record, store }: StoredSweep): string =>
  `raise it, then: ${commandIn(store.folder, `sweep start ${record.path}`)}`;

const resumeIn = ({ record, store }: StoredSweep): string => commandIn(store.folder, `sweep resume ${record.id}`);

/** Does what there is to do at a place. `begun`: it got further and is not done; `let down`: by what would end other runs alike. */
async function workOn(task: Task, place: Place, workers: Workers): Promise<'done' | 'begun' | 'undone' | 'let down'> {
  const { cli, stored, job, graceMs } = task;
  const work = await decided(task, place);
  if (work === 'nothing') return 'done';
  if (work === 'undecided') {
    if (!task.board.isWarned) cli.note(`the stage before has runs without a result; go on with: ${resumeIn(stored)}\n`);
    return 'undone';
  }
  const folder = path.join(stored.store.folder, variantRunId(stored.record.id, work.index));
  if (job.restarts >= 2 && (await standsStill(folder))) {
    const why = `no progress within where.time, twice in a row; ${moreTime(stored)}`;
    // Not failed: with more time it may go on, and nothing is chosen without it until then.
    await endUnworked(folder, 'died', why);
    cli.note(`${path.basename(folder)}: ${why}\n`);
    return 'undone';
  }
  const mayBegin = (): boolean => !task.board.isWarned && !isSweepAskedToStop(stored.folder);
  const end = await runVariant(cli, stored, work, { title: titleOf(stored, work), workers, graceMs, mayBegin });
  if (end.state === 'finished' || end.state === 'rung') return 'done';
  if (end.placeFailure !== undefined) return 'let down';
  return (await movedLast(folder)) ? 'begun' : 'undone';
}

/** What there is to do, once the stage before is to be seen from here. */
async function decided(task: Task, place: Place): Promise<OpenVariant | 'undecided' | 'nothing'> {
  const { sweep, plan } = task.stored;
  for (const until = Date.now() + lagMs; ; ) {
    const runOf = await runsKnown(task.stored);
    const work = workOf(sweep, plan, runOf)(task.stage, place);
    if (work !== 'undecided') return work;
    const { open } = tuningOf(sweep, plan, place.cell, runOf);
    const mayCome = open.length === 0 || open.some(({ index }) => runOf(index) === undefined);
    if (!mayCome || task.board.isWarned || Date.now() > until) return work;
    await delay(lagPollMs);
  }
}

const eventsOf = async (folder: string) => (await readJournal(path.join(folder, runFiles.journal))).events;

const movedLast = async (folder: string): Promise<boolean> =>
  attemptMoved(await eventsOf(folder), attemptAt(folder) ?? 1);

/** Whether neither of the last two attempts left a checkpoint further on. */
async function standsStill(folder: string): Promise<boolean> {
  const last = attemptAt(folder) ?? 0;
  if (last < 2) return false;
  const events = await eventsOf(folder);
  return !attemptMoved(events, last) && !attemptMoved(events, last - 1);
}
