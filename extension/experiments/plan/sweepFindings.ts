import type { ConfigDraft } from '../../config/resolved/resolve.ts';
import type { Budget } from '../../contract/budget.ts';
import type { Finding } from '../../problems/finding.ts';
import { findTask } from '../../tasks/registry.ts';
import { possibleMetrics, usualMetrics } from '../../tasks/taskMetrics.ts';
import type { Sweep, Tuning } from '../file/sweep.ts';
import type { Cell } from './cells.ts';
import { fewSeeds } from './fewSeeds.ts';
import { idleRates } from './idleRates.ts';
import { settingTexts } from './searchPoints.ts';
import { countsTokens, tokenKeys } from './tokenCounts.ts';

/** Rules about a sweep together with the configs that it starts from. */
export function sweepFindings(sweep: Sweep, cells: readonly Cell[]): readonly Finding[] {
  const { tuning } = sweep;
  const findingsOf = (file: string, config: ConfigDraft): readonly Finding[] => [
    ...(tuning === undefined ? [] : tuningFindings(tuning, file, config)),
    ...drawnRows(sweep, file, config),
  ];
  return [...ofCells(findingsOf, cells), ...equalVariants(cells), ...idleRates(sweep, cells), ...fewSeeds(sweep)];
}

/** What is said of configs, each once: with the values of the grid where not all of a data set's cells have it. */
function ofCells(
  findingsOf: (file: string, config: ConfigDraft) => readonly Finding[],
  cells: readonly Cell[],
): readonly Finding[] {
  const found = new Map<string, { readonly finding: Finding; readonly of: Cell[] }>();
  for (const cell of cells)
    for (const finding of findingsOf(cell.experiment.file, cell.configs[0]!)) {
      const key = JSON.stringify([cell.experiment.file, finding]);
      const { of } = found.get(key) ?? { of: [] };
      found.set(key, { finding, of: [...of, cell] });
    }
  return [...found.values()].map(({ finding, of: [first, ...others] }) => {
    const { experiment, grid } = first!;
    if (cells.filter((cell) => cell.experiment === experiment).length === others.length + 1) return finding;
    const settings = settingTexts(grid).join(', ');
    return { ...finding, message: `${finding.message} (with ${settings})` };
  });
}

/** What a whole run of a config is. */
export const fullBudget = ({ training }: ConfigDraft): Budget =>
  training.max_steps === null
    ? { amount: training.epochs!, unit: 'epochs' }
    : { amount: training.max_steps, unit: 'steps' };

/** Configs that train the same are equal here: the name is not trained. */
export const identityOf = ({ name: _, ...config }: ConfigDraft): string => JSON.stringify(config);

function tuningFindings({ metric, search, axes }: Tuning, file: string, config: ConfigDraft): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Finding['severity'], code: string, path: Finding['path'], message: string): void =>
    void findings.push({ severity, code, path, message });
  const { data, task } = config;

  if (data.validation === null && data.validation_split === null)
    add(
      'error',
      'tuning-unjudged',
      ['tune'],
      `needs validation rows to judge by, got none in ${file}; set data.validation or data.validation_split there`,
    );
  else if (data.test === null)
    add(
      'warning',
      'tuning-judges',
      ['tune'],
      `the validation rows of ${file} choose the values and judge the results, which will be a little too good; set data.test there`,
    );
  const metrics: readonly string[] = [...possibleMetrics(findTask(task)), 'loss'];
  if (metric !== undefined && !metrics.includes(metric))
    add(
      'error',
      'tuning-metric',
      ['tune', 'metric'],
      `must be one of ${metrics.join(', ')} for ${file}, got ${metric}`,
    );

  findings.push(...unlikeValues({ metric, axes }, file, config));

  if (search.kind !== 'halving') return findings;
  const full = fullBudget(config);
  const length = axes.find(({ key }) => key === 'training.epochs' || key === 'training.max_steps');
  const path = ['tune', 'search', 'halving', 'first'];
  if (length !== undefined)
    add(
      'error',
      'halving-length',
      ['tune', length.key],
      'must not be tuned by halving, which compares runs of equal length',
    );
  else if (search.first.unit !== full.unit)
    add('error', 'halving-unit', path, `must be ${full.unit} as in ${file}, got ${budgetText(search.first)}`);
  else if (search.first.amount >= full.amount)
    add(
      'error',
      'halving-first',
      path,
      `must be below the ${budgetText(full)} of a run of ${file}, got ${budgetText(search.first)}`,
    );
  return findings;
}

/** That seeds are judged on rows of their own, which a report can no longer mend. */
function drawnRows({ seeds }: Sweep, file: string, { data }: ConfigDraft): readonly Finding[] {
  if (seeds.length < 2 || data.test !== null || data.validation !== null || data.validation_split === null) return [];
  const message = `each seed will be judged on rows of its own, which data.validation_split of ${file} draws with the seed, so rows are not compared; set data.test or data.validation there ({file: …, skip: …, limit: …} takes rows of one file)`;
  return [{ severity: 'warning', code: 'rows-drawn', path: ['seeds'], message }];
}

/** Tuned keys whose values are not measured alike. */
function unlikeValues(
  { metric, axes }: Pick<Tuning, 'metric' | 'axes'>,
  file: string,
  { data, task }: ConfigDraft,
): readonly Finding[] {
  const judge = metric ?? usualMetrics(findTask(task))[0]!;
  const isOfTokens = countsTokens(judge) && (data.validation ?? data.train).label === null;
  const ofRows = data.validation === null ? /^data\.(train|validation|test)/ : /^data\.(validation|test)/;
  return axes.flatMap(({ key }) => {
    const what = ofRows.test(key)
      ? 'rows judge'
      : isOfTokens && tokenKeys(task).includes(key)
        ? `tokens ${judge} counts`
        : '';
    if (what === '') return [];
    const message = `decides which ${what}, so none of its values can be told better than another; put it under grid, or set it in ${file}`;
    return [{ severity: 'warning', code: 'tuning-unlike', path: ['tune', key], message }];
  });
}

const budgetText = ({ amount, unit }: Budget): string => `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;

/** Variants that would train the same thing twice under two names. */
function equalVariants(cells: readonly Cell[]): readonly Finding[] {
  const known = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { arm, grid, points, configs, experiment } of cells) {
    configs.forEach((config, point) => {
      const settings = [...grid, ...points[point]!].map(({ key, value }) => `${key}: ${String(value)}`);
      const title = [arm.name, ...settings].join(', ');
      const identity = `${experiment.file} ${identityOf(config)}`;
      const same = known.get(identity);
      if (same === undefined) known.set(identity, title);
      else {
        const message = `must all differ, got the same run as "${same}" and as "${title}"; remove one`;
        const path = grid.length > 0 ? ['grid'] : ['tune'];
        findings.push({ severity: 'error', code: 'equal-variants', path, message });
      }
    });
  }
  return findings;
}
