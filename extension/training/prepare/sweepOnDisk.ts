import { dirname, resolve } from 'node:path';
import { placeFinding } from '../../config/text/placeFinding.ts';
import type { Problem } from '../../contract/problem.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import { Surveys } from '../../data/rows/surveys.ts';
import { worldOf } from '../../data/world.ts';
import { checkSweepText } from '../../experiments/editor/checkSweepText.ts';
import { overridesOf } from '../../experiments/plan/cells.ts';
import { planSweep, type SweepPlan } from '../../experiments/plan/planSweep.ts';
import { readExperiments } from '../../experiments/plan/readExperiments.ts';
import type { Sweep } from '../../experiments/plan/sweep.ts';
import { isOfTry } from '../../experiments/plan/variantFindings.ts';
import { readGuarded, sizeLimits } from '../../files/guardedFile.ts';
import { readText, whyUnread } from '../../files/readText.ts';
import type { Finding } from '../../problems/finding.ts';
import { problemOf, readConfig } from './checkedConfig.ts';

/** What a sweep is planned from: texts alone. */
export type SweepTexts = Pick<SweepRecord, 'path' | 'text' | 'experiments'>;

/** A sweep file that was read and checked, with every config that it makes. */
export interface SweepOnDisk {
  readonly problems: readonly Problem[];
  /** What the sweep says; absent when its own text is wrong. */
  readonly sweep?: Sweep;
  /** Its runs; absent when anything is wrong. */
  readonly plan?: SweepPlan;
  /** What was read, for a record of it; absent when anything is wrong. */
  readonly texts?: SweepTexts;
}

/**
 * Checks a sweep file and all of its variants, against their data and models too; nothing is started. Never throws for what
 * the files say: what is wrong with them comes back as problems.
 */
export async function checkSweep(path: string): Promise<SweepOnDisk> {
  let bytes: Buffer;
  try {
    bytes = await readGuarded(path, sizeLimits.config);
  } catch (error) {
    const message = `the sweep ${whyUnread(error)}; name a *.sweep.yaml file`;
    return { problems: [{ file: path, line: 1, column: 1, severity: 'error', message }] };
  }
  const { parsed, diagnostics, sweep } = checkSweepText(bytes);
  const told = (findings: readonly Finding[]): readonly Problem[] =>
    [...diagnostics, ...findings.map((finding) => placeFinding(parsed, [], finding))]
      .sort((a, b) => a.range.start.offset - b.range.start.offset)
      .map((diagnostic) => problemOf(path, diagnostic));

  if (sweep === undefined) return { problems: told([]) };
  const { experiments, missing } = await readExperiments(sweep, {
    read: (file) => readText(resolve(dirname(path), file), sizeLimits.config),
    listFolder: worldOf(dirname(path)).listFolder,
  });
  if (missing.length > 0) return { problems: told(missing), sweep };
  const planned = planSweep(sweep, experiments);
  const problems = told(planned.findings);
  if (planned.plan === undefined) return { problems, sweep };
  const all = [...problems, ...(await worldProblems(sweep, planned.plan, dirname(path)))];
  if (all.some(isError)) return { problems: all, sweep };
  const texts = { path: resolve(path), text: bytes.toString('utf8'), experiments: [...experiments] };
  return { problems: all, sweep, plan: planned.plan, texts };
}

const isError = ({ severity }: Problem): boolean => severity === 'error';

/** What data files and models say of every variant: data once for each cell, sizes for every combination. */
async function worldProblems(sweep: Sweep, { cells }: SweepPlan, folder: string): Promise<readonly Problem[]> {
  const found = new Map<string, Problem>();
  const surveys = new Surveys();
  for (const cell of cells) {
    const file = resolve(folder, cell.experiment.file);
    for (const point of cell.points.keys()) {
      const purpose = point === 0 ? 'checking' : 'counting';
      const { problems, diagnostics } = await readConfig(file, overridesOf(cell, point), purpose, surveys);
      const tries = new Set(diagnostics.flatMap((one, i) => (isOfTry(sweep, one) ? [problems[i]] : [])));
      for (const problem of problems) if (!tries.has(problem)) found.set(JSON.stringify(problem), problem);
    }
  }
  return [...found.values()].filter(({ severity }) => severity !== 'information');
}
