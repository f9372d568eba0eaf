import path from 'node:path';
import type { ConfigDraft } from '../../config/resolved/resolve.ts';
import type { SweepCost } from '../../contract/sweepCost.ts';
import type { Sweep } from '../../experiments/file/sweep.ts';
import type { Cell } from '../../experiments/plan/cells.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import {
  type CellCost,
  cellCost,
  pricedOverrides,
  type RunNeeds,
  sweepCost,
} from '../../experiments/plan/sweepCost.ts';
import { errorMessage } from '../../files/failure.ts';
import { runningTrainer } from '../../processes/trainerCommand.ts';
import { formatBytes, formatClock } from '../../view/figures.ts';
import type { Cli } from '../cli.ts';
import { problemLines } from '../output/problems.ts';
import { openReport } from '../output/progressView.ts';
import { priceShares, sharesOf } from './sweepRoom.ts';

interface Planned {
  readonly sweep: Sweep;
  readonly plan: SweepPlan;
}

/** How a sweep is priced. */
interface PricingOptions {
  /** Whether this machine is measured where that was not done before. */
  readonly measure: boolean;
  /** Whether a hub model that is not here is downloaded. */
  readonly downloads: boolean;
}

/** What a sweep needs here, or why that cannot be told. */
type PricedSweep = { readonly cost: SweepCost; readonly cells: readonly SweepCost[] } | { readonly unknown: string };

/** What every cell of a sweep needs, from one estimate for each thing that sets time or size apart. */
export async function costOfSweep(
  cli: Cli,
  file: string,
  planned: Planned,
  options: PricingOptions,
): Promise<PricedSweep> {
  const { where } = planned.sweep;
  const threads = where.engine === 'local' ? sharesOf(where, planned.plan).threads : undefined;
  const ofShare = await cellCosts(cli, file, planned, options, threads);
  // A machine may have been measured with all of its threads alone: then as if each run had them, one after the other.
  const isUnknown = 'unknown' in ofShare && threads !== undefined && !options.measure;
  const priced = isUnknown ? await cellCosts(cli, file, planned, options, undefined) : ofShare;
  if ('unknown' in priced) return priced;
  const { cells } = priced;
  const largest = Math.max(...cells.map(({ memoryBytes }) => memoryBytes));
  const known = where.engine === 'local' ? priceShares(where, planned.plan, largest) : { atOnce: 1, speedup: 1 };
  const shares = isUnknown ? { ...known, speedup: 1 } : known;
  // Each cell by the same shares: the times add up to that of the sweep.
  return { cells: cells.map((cell) => sweepCost([cell], shares)), cost: sweepCost(cells, shares) };
}

/** @param threads of each run whose config leaves them open */
async function cellCosts(
  cli: Cli,
  file: string,
  { sweep, plan }: Planned,
  { measure, downloads }: PricingOptions,
  threads: number | undefined,
): Promise<{ readonly cells: readonly CellCost[] } | { readonly unknown: string }> {
  const share = (config: ConfigDraft): readonly string[] =>
    threads === undefined || config.threads !== null ? [] : [`threads=${threads}`];
  const { estimate } = await cli.loadOperations();
  const options = { ...(measure && { trainer: runningTrainer() }), downloads };
  const progress = openReport(cli.stderr);
  const needs = new Map<string, RunNeeds>();
  const overridesOf = (cell: Cell, point: number): readonly string[] => [
    ...pricedOverrides(cell, point),
    ...share(cell.configs[point]!),
  ];
  const nameOf = (...of: [experiment: string, overrides: readonly string[]]): string => JSON.stringify(of);
  try {
    for (const experiment of sweep.experiments) {
      const cells = plan.cells.filter((cell) => cell.experiment.file === experiment);
      const all = cells.flatMap((cell) => cell.points.map((_, point) => overridesOf(cell, point)));
      const variants = [...new Map(all.map((overrides) => [nameOf(experiment, overrides), overrides])).values()];
      const config = path.resolve(path.dirname(file), experiment);
      for (const [at, run] of (await estimate(config, variants, options, progress.report)).entries()) {
        if (!run.ok) return { unknown: problemLines(run.problems.slice(0, 1)).trim() };
        needs.set(nameOf(experiment, variants[at]!), run.estimate);
      }
    }
  } catch (error) {
    return { unknown: errorMessage(error) };
  } finally {
    progress.close();
  }
  const cells = plan.cells.map((cell) =>
    cellCost(
      sweep,
      cell,
      cell.points.map((_, point) => needs.get(nameOf(cell.experiment.file, overridesOf(cell, point)))!),
    ),
  );
  return { cells };
}

/** `about 6:02 on this machine, 530 MB of memory, 4.1 MB on disk` */
export const costText = (priced: PricedSweep): string =>
  'unknown' in priced
    ? `time and size unknown: ${priced.unknown}`
    : `about ${formatClock(priced.cost.seconds)} on this machine, ${formatBytes(priced.cost.memoryBytes)} of memory, ${formatBytes(priced.cost.diskBytes)} on disk`;

/** That the sweep will not be whole within `limit.hours`; nothing where it will, or where nobody knows. */
export function limitText({ limit }: Sweep, priced: PricedSweep): string | undefined {
  if (limit.hours === null || 'unknown' in priced || priced.cost.seconds <= limit.hours * 3600) return undefined;
  return `longer than limit.hours ${limit.hours}: it will stop then, and \`peft-lab sweep resume\` goes on for as many hours again`;
}
