import path from 'node:path';
import { checkConfig } from '../../config/checks/check.ts';
import { checkAgainstWorld } from '../../config/checks/checkWorld.ts';
import type { Environment } from '../../config/checks/environment.ts';
import type { Diagnostic } from '../../config/text/diagnostic.ts';
import { parseConfig } from '../../config/text/parse.ts';
import { placeFinding } from '../../config/text/placeFinding.ts';
import type { Finding } from '../../problems/finding.ts';
import type { Sweep } from '../file/sweep.ts';
import { type Experiment, overridesOf } from '../plan/cells.ts';
import { planSweep, type SweepPlan } from '../plan/planSweep.ts';
import { type ExperimentFiles, readExperiments } from '../plan/readExperiments.ts';
import { pricedOverrides } from '../plan/sweepCost.ts';
import { isOfTry, VariantFindings } from '../plan/variantFindings.ts';
import type { CheckedSweep } from './checkSweepText.ts';

/** What is around a sweep. */
interface SweepWorld {
  readonly files: ExperimentFiles;
  /** Data and models as configs of a folder see them. */
  environment(folder: string): Promise<Environment>;
  /** `key=value` for keys that a config leaves open. */
  readonly defaults?: readonly string[];
}

interface SweepWorldCheck {
  /** Beside those of `checkSweepText`. */
  readonly diagnostics: readonly Diagnostic[];
  /** Present exactly when neither check found an error, as are the configs that it was laid out from. */
  readonly plan?: SweepPlan;
  readonly experiments?: readonly Experiment[];
}

/**
 * Checks a sweep against the configs that it starts from, their data and their models: every variant that may be right or wrong for
 * itself. What is wrong is told at what in the sweep makes it so.
 * @param folder of the sweep
 */
export async function checkSweepAgainstWorld(
  { sweep, parsed }: CheckedSweep,
  folder: string,
  world: SweepWorld,
): Promise<SweepWorldCheck> {
  if (sweep === undefined) return { diagnostics: [] };
  const placed = (findings: readonly Finding[]): readonly Diagnostic[] =>
    findings.map((finding) => placeFinding(parsed, [], finding));
  const { experiments, missing } = await readExperiments(sweep, world.files, world.defaults ?? []);
  if (missing.length > 0) return { diagnostics: placed(missing) };
  const { plan, findings } = planSweep(sweep, experiments);
  if (plan === undefined) return { diagnostics: placed(findings) };
  const all = [...findings, ...(await variantFindings(sweep, plan, folder, world))];
  const isFine = !all.some(({ severity }) => severity === 'error');
  return { diagnostics: placed(all), ...(isFine && { plan, experiments }) };
}

async function variantFindings(
  sweep: Sweep,
  { cells }: SweepPlan,
  folder: string,
  world: SweepWorld,
): Promise<readonly Finding[]> {
  const found = new VariantFindings(sweep);
  const seen = new Set<string>();
  for (const cell of cells) {
    const { experiment, arm, grid } = cell;
    const parsed = parseConfig(experiment.text);
    const environment = await world.environment(path.dirname(path.resolve(folder, experiment.file)));
    for (const [point, values] of cell.points.entries()) {
      const of = { experiment: sweep.experiments.indexOf(experiment.file), arm, settings: [...grid, ...values] };
      const checked = checkConfig(parsed, overridesOf(cell, point));
      const told = checked.diagnostics.filter(({ severity }) => severity === 'warning');
      // Rates change nothing about files and models.
      const sight = JSON.stringify([experiment.file, pricedOverrides(cell, point)]);
      const world = seen.has(sight) ? [] : (await checkAgainstWorld(checked, environment)).diagnostics;
      seen.add(sight);
      const said = [...told, ...world].filter((one) => one.severity !== 'information' && !isOfTry(sweep, one));
      for (const one of said) found.add(one, of);
    }
  }
  return found.findings();
}
