import { existsSync } from 'node:fs';
import path from 'node:path';
import { budgetReached } from '../../contract/budget.ts';
import { runFiles } from '../../contract/run.ts';
import type { Variant } from '../../experiments/plan/planSweep.ts';
import type { OpenVariant } from '../../experiments/progress.ts';
import { UserError } from '../../problems/userError.ts';
import { claimRun } from '../../runs/folder/claim.ts';
import { requestStop } from '../../runs/folder/control.ts';
import { variantRunId } from '../../runs/folder/sweepFolder.ts';
import { currentProcess } from '../../runs/process/process.ts';
import { RunError } from '../../runs/runErrors.ts';
import { type Cli, commandIn } from '../cli.ts';
import { problemCount, problemLines } from '../output/problems.ts';
import { openReport } from '../output/progressView.ts';
import { describeEnd, type RunOneOptions, runOne } from '../runOne.ts';
import { demandSameFiles } from './demandSameFiles.ts';
import type { StoredSweep } from './storedSweep.ts';

/** How a run of a sweep ended. */
interface VariantEnd {
  /** `rung`: at the part of its length that was asked for; `busy`: another process is at it. */
  readonly state: string;
  /** What would end other runs alike, as long as nobody mends it. */
  readonly placeFailure?: string | undefined;
}

/**
 * Makes a variant's run, or goes on with it.
 * @param mayBegin asked once all is prepared, which may take long; a run that may not is not made
 */
export async function runVariant(
  cli: Cli,
  stored: StoredSweep,
  variant: OpenVariant,
  { mayBegin, ...shown }: Omit<RunOneOptions, 'json' | 'until'> & { readonly mayBegin: () => boolean },
): Promise<VariantEnd> {
  const { record, store } = stored;
  const id = variantRunId(record.id, variant.index);
  const folder = path.join(store.folder, id);
  const self = await currentProcess();
  const isThere = existsSync(path.join(folder, runFiles.record));
  const prepared = isThere ? undefined : await preparedRun(cli, stored, variant);
  if (!mayBegin()) return { state: 'stopped' };
  try {
    if (prepared === undefined) await claimRun(folder, self);
    else store.create(prepared, self, id);
  } catch (error) {
    if (!(error instanceof RunError && error.code === 'busy')) throw error;
    cli.note(`${error.message}\n`);
    return { state: 'busy' };
  }
  // Whoever asks for the end of a sweep sees the run from here on, but may have looked a moment before.
  if (!mayBegin()) requestStop(folder);
  const end = await runOne(cli, folder, self, { json: false, ...shown, until: variant.until });
  const isRung = end.state === 'stopped' && end.message === budgetReached;
  cli.note(isRung ? `${id}: ${budgetReached}, step ${end.step}\n` : describeEnd(folder, end));
  return { state: isRung ? 'rung' : end.state, placeFailure: end.placeFailure };
}

async function preparedRun(cli: Cli, stored: StoredSweep, variant: Variant) {
  const { record, plan, store } = stored;
  const { experiment, arm } = plan.cells[variant.cell]!;
  const config = path.resolve(path.dirname(record.path), experiment.file);
  const operations = await cli.loadOperations();
  const progress = openReport(cli.stderr);
  const prepared = await operations.prepare(config, variant.overrides, progress.report).finally(() => progress.close());
  if (!prepared.ok) {
    cli.note(problemLines(prepared.problems));
    throw new UserError(
      `${config}: ${problemCount(prepared.problems)}; fix them, then go on with: ${commandIn(store.folder, `sweep resume ${record.id}`)}`,
      'usage',
    );
  }
  await demandSameFiles(stored, variant, prepared.run);
  const { index, stage } = variant;
  return { ...prepared.run, sweep: { id: record.id, index, stage, arm: arm.name, experiment: experiment.file } };
}
