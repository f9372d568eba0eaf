import { posix } from 'node:path';
import { yamlText } from '../../config/text/plainText.ts';
import { type CheckedSource, explainIssues } from '../../problems/explainIssues.ts';
import { changeTo, type Finding } from '../../problems/finding.ts';
import { nearest } from '../../problems/nearest.ts';
import { shortName } from '../../problems/showValue.ts';
import { type ReportError, readArms } from './readArms.ts';
import { readTuning } from './readTuning.ts';
import { readWhere } from './readWhere.ts';
import { firstSeed, type Sweep, seedsOf } from './sweep.ts';
import { configKeyMeant, sweepKeys } from './sweepKeys.ts';
import { sweepSchema } from './sweepSchema.ts';

/** A sweep, or what is wrong with it. Warnings come with the sweep. */
export interface ReadSweep {
  /** Absent exactly when a finding is an error. */
  readonly sweep?: Sweep;
  readonly findings: readonly Finding[];
}

/** What other tools call things, and what a sweep says instead. */
const foreignWords: Readonly<Record<string, string>> = {
  parameters: 'tune for values that are searched, or grid for values that are compared',
  method: 'search inside tune: grid, {random: {runs: 10}} or {halving: {eta: 3}}',
  metric: 'metric inside tune',
  early_terminate: 'search: {halving: {eta: 3, first: 1 epoch}} inside tune',
  run_cap: 'limit: {runs: …}',
  program: 'experiment, a config file',
  configs: 'experiment, a list of config files',
};

/**
 * Reads a sweep from plain data, as YAML gives it. Never throws: what is wrong comes back as findings whose paths lead into
 * the data.
 * @param writing what is known of how the data is written
 */
export function readSweep(value: unknown, writing: Pick<CheckedSource, 'written' | 'missing'> = {}): ReadSweep {
  const parsed = sweepSchema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const strange = issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
    );
    const others = issues.filter((issue) => issue.code !== 'unrecognized_keys' || issue.path.length > 0);
    return {
      findings: [
        ...strange.map(strangeKey),
        ...explainIssues(others, { value, root: sweepKeys(), name: 'a sweep', ...writing }),
      ],
    };
  }
  const input = parsed.data;
  const findings: Finding[] = [];
  const error: ReportError = (path, message, more) =>
    void findings.push({ severity: 'error', code: 'sweep', path, message, ...more });

  const experiments = typeof input.experiment === 'string' ? [input.experiment] : input.experiment;
  const places = experiments.map((file) => posix.normalize(file));
  experiments.forEach((file, i) => {
    if (places.indexOf(places[i]!) < i) error(['experiment', i], `must name each config once, got ${file} again`);
  });
  const arms = readArms(input.methods, error);
  const grid = Object.entries(input.grid).map(([key, values]) => ({ key, values }));
  for (const { key, values } of grid) {
    const refused = refuseKey(key);
    if (refused !== undefined) error(['grid', key], ...refused);
    values.forEach((one, i) => {
      if (values.indexOf(one) < i) error(['grid', key, i], `must have each value once, got ${String(one)} again`);
    });
  }
  const seeds = seedsOf(input.seeds, firstSeed);
  const tuning = readTuning(input, seeds, error);
  for (const { key } of tuning?.axes ?? []) {
    if (key in input.grid) error(['tune', key], 'must stand in grid or in tune, got both; remove one');
    else {
      const refused = refuseKey(key);
      if (refused !== undefined) error(['tune', key], ...refused);
    }
  }
  const names = arms.map(({ name }) => name);
  if (input.reference !== null && !names.includes(input.reference)) {
    const meant = nearest(input.reference, names);
    const cure = meant === undefined ? `choose from ${names.join(', ')}` : `did you mean ${meant}?`;
    const cures = meant === undefined ? [] : [changeTo(meant, yamlText(meant))];
    error(['reference'], `must be the name of an arm, got ${shortName(input.reference)}; ${cure}`, { cures });
  }
  if (arms.length === 1 && grid.length === 0 && tuning === undefined)
    findings.push({
      severity: 'warning',
      code: 'one-arm',
      path: ['methods'],
      message: 'one arm compares with nothing; add the methods to compare it with',
    });
  const where = readWhere(input.where, error);
  if (findings.some(({ severity }) => severity === 'error')) return { findings };
  const { limit, reference } = input;
  const sweep = { experiments, arms, grid, tuning, seeds, reference: reference ?? undefined, where, limit };
  return { sweep, findings };
}

/** Why a key may not be varied: one that a sweep sets itself, or one that configs do not have. */
function refuseKey(key: string): Parameters<ReportError> extends [unknown, ...infer Rest] ? Rest | undefined : never {
  if (key === 'methods') return ['must not be varied here; list the methods under methods'];
  if (key === 'training.seed') return ['must not be varied here; the seeds stand under seeds'];
  const meant = configKeyMeant(key);
  if (meant === undefined) return undefined;
  const cures = [{ do: 'rename', key: meant, title: `Change to ${meant}` }] as const;
  return [`unknown key ${shortName(key)}; did you mean ${meant}?`, { code: 'unknown-key', at: 'key', cures }];
}

function strangeKey(key: string): Finding {
  const keys = [...sweepKeys().children.keys()];
  const meant = key.length > 60 ? undefined : nearest(key, keys);
  const ours = Object.hasOwn(foreignWords, key) ? foreignWords[key] : undefined;
  const cure =
    ours !== undefined ? `write ${ours}` : meant ? `did you mean ${meant}?` : `a sweep has ${keys.join(', ')}`;
  const cures: Finding['cures'] =
    ours === undefined && meant !== undefined ? [{ do: 'rename', key: meant, title: `Change to ${meant}` }] : undefined;
  const message = `unknown key ${shortName(key)}; ${cure}`;
  return { severity: 'error', code: 'unknown-key', path: [key], at: 'key', message, ...(cures && { cures }) };
}
