import { checkConfig } from '../../config/checks/check.ts';
import type { ConfigDraft } from '../../config/resolved/resolve.ts';
import { parseConfig } from '../../config/text/parse.ts';
import type { Finding } from '../../problems/finding.ts';
import type { Arm, Sweep } from '../file/sweep.ts';
import { crossed, type Point, pointsOf } from './searchPoints.ts';
import { VariantFindings } from './variantFindings.ts';

/** A config that a sweep starts from. */
export interface Experiment {
  /** As the sweep names it. */
  readonly file: string;
  readonly text: string;
  /** What the settings choose and the config leaves open, as `--set` takes it. */
  readonly defaults?: readonly string[] | undefined;
}

/** One arm on one data set with one combination of the grid's values: what is tuned and judged on its own. */
export interface Cell {
  readonly experiment: Experiment;
  readonly arm: Arm;
  readonly grid: Point;
  /** Combinations of tuned values; one empty combination where nothing is tuned. */
  readonly points: readonly Point[];
  /** Of each combination, with the experiment's own seed. */
  readonly configs: readonly ConfigDraft[];
}

/** What sets a variant's config apart from the experiment's, as `--set` takes it; seed aside. */
export const overridesOf = (
  { experiment, arm, grid, points }: Omit<Cell, 'configs'>,
  point: number,
): readonly string[] => [
  ...(experiment.defaults ?? []),
  // A list always, so that a key such as `methods[0].prefix.length` finds the arm's own first method.
  `methods=${JSON.stringify([arm.methods].flat())}`,
  ...[...grid, ...points[point]!].map(({ key, value }) => `${key}=${JSON.stringify(value)}`),
];

/** The cells of a sweep, data sets outermost and arms innermost; where a finding is an error, there are none. */
export function checkedCells(
  sweep: Sweep,
  experiments: readonly Experiment[],
): { readonly cells: readonly Cell[]; readonly findings: readonly Finding[] } {
  const errors = new VariantFindings(sweep);
  const combinations = crossed(sweep.grid);
  const points = sweep.arms.map(({ name }) => (sweep.tuning ? pointsOf(sweep.tuning, name) : [[]]));
  const parsed = experiments.map(({ text }) => parseConfig(text));
  const cells = experiments.flatMap((experiment, at) =>
    combinations.flatMap((grid) =>
      sweep.arms.map((arm, index) => {
        const cell = { experiment, arm, grid, points: points[index]! };
        const configs = cell.points.flatMap((_, point) => {
          const { config, diagnostics } = checkConfig(parsed[at]!, overridesOf(cell, point));
          const settings = [...grid, ...cell.points[point]!];
          for (const found of diagnostics)
            if (found.severity === 'error') errors.add(found, { experiment: at, arm, settings });
          return config ?? [];
        });
        return { ...cell, configs };
      }),
    ),
  );
  const findings = errors.findings();
  return { cells: findings.length > 0 ? [] : cells, findings };
}
