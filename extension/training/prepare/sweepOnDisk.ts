import { dirname, resolve } from 'node:path';
import { type ParsedConfig, parseConfig } from '../../config/text/parse.ts';
import { placeFinding } from '../../config/text/placeFinding.ts';
import type { Problem } from '../../contract/problem.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import { Surveys } from '../../data/rows/surveys.ts';
import { type Experiment, overridesOf } from '../../experiments/plan/cells.ts';
import { planSweep, type SweepPlan } from '../../experiments/plan/planSweep.ts';
import { readSweep } from '../../experiments/plan/readSweep.ts';
import type { Sweep } from '../../experiments/plan/sweep.ts';
import { readGuarded, sizeLimits } from '../../files/guardedFile.ts';
import type { Finding } from '../../problems/finding.ts';
import { problemOf, readConfig, whyUnread } from './checkedConfig.ts';

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
  const parsed = parseConfig(bytes);
  const told = (findings: readonly Finding[]): readonly Problem[] =>
    [...parsed.diagnostics, ...findings.map((finding) => placeFinding(parsed, [], finding))]
      .sort((a, b) => a.range.start.offset - b.range.start.offset)
      .map((diagnostic) => problemOf(path, diagnostic));

  if (isUnreadable(parsed)) return { problems: told([]) };
  const { sweep, findings } = readSweep(parsed.value);
  if (sweep === undefined || parsed.diagnostics.length > 0) return { problems: told(findings) };
  const { experiments, missing } = await readExperiments(sweep, dirname(path));
  if (missing.length > 0) return { problems: told([...findings, ...missing]), sweep };
  const planned = planSweep(sweep, experiments);
  const problems = told([...findings, ...planned.findings]);
  if (planned.plan === undefined) return { problems, sweep };
  const all = [...problems, ...(await worldProblems(planned.plan, dirname(path)))];
  if (all.some(isError)) return { problems: all, sweep };
  const texts = { path: resolve(path), text: bytes.toString('utf8'), experiments: [...experiments] };
  return { problems: all, sweep, plan: planned.plan, texts };
}

const isUnreadable = ({ root, diagnostics }: ParsedConfig): boolean => root === undefined && diagnostics.length > 0;

const isError = ({ severity }: Problem): boolean => severity === 'error';

async function readExperiments(
  { experiments }: Sweep,
  folder: string,
): Promise<{ readonly experiments: readonly Experiment[]; readonly missing: readonly Finding[] }> {
  const read: Experiment[] = [];
  const missing: Finding[] = [];
  for (const [index, file] of experiments.entries()) {
    try {
      read.push({ file, text: (await readGuarded(resolve(folder, file), sizeLimits.config)).toString('utf8') });
    } catch (error) {
      const path = experiments.length === 1 ? ['experiment'] : ['experiment', index];
      const message = `${file} ${whyUnread(error)}; name a *.peft.yaml file beside the sweep`;
      missing.push({ severity: 'error', code: 'experiment-unread', path, message });
    }
  }
  return { experiments: read, missing };
}

/** What data files and models say of every variant: data once for each cell, sizes for every combination. */
async function worldProblems({ cells }: SweepPlan, folder: string): Promise<readonly Problem[]> {
  const found = new Map<string, Problem>();
  const surveys = new Surveys();
  for (const cell of cells) {
    const file = resolve(folder, cell.experiment.file);
    for (const point of cell.points.keys()) {
      const purpose = point === 0 ? 'checking' : 'counting';
      const { problems } = await readConfig(file, overridesOf(cell, point), purpose, surveys);
      for (const problem of problems) found.set(JSON.stringify(problem), problem);
    }
  }
  return [...found.values()].filter(({ severity }) => severity !== 'information');
}
