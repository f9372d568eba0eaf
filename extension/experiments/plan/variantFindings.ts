import type { Diagnostic } from '../../config/text/diagnostic.ts';
import type { Finding, ValuePath } from '../../problems/finding.ts';
import type { Arm, Sweep } from '../file/sweep.ts';
import type { Point } from './searchPoints.ts';

/** Which variant a finding is about. */
interface Of {
  /** Number of the experiment. */
  readonly experiment: number;
  readonly arm: Arm;
  /** What the grid and the search set. */
  readonly settings: Point;
}

interface Found {
  readonly finding: Finding;
  readonly arms: Set<Arm>;
}

/** Whether this is said of a rate that is only tried: whether an unusual one is good is what the search finds out. */
export const isOfTry = ({ tuning }: Sweep, { code, override }: Pick<Diagnostic, 'code' | 'override'>): boolean =>
  code === 'unusual-learning-rate' && (tuning?.axes.some(({ key }) => override?.startsWith(`--set ${key}=`)) ?? false);

/** What is wrong with configs of variants, at what in the sweep makes them so: each said once, with the arms that it holds for. */
export class VariantFindings {
  readonly #sweep: Sweep;
  readonly #found = new Map<string, Found>();

  constructor(sweep: Sweep) {
    this.#sweep = sweep;
  }

  add(diagnostic: Diagnostic, of: Of): void {
    const { severity, code, override } = diagnostic;
    const path = this.#pathOf(diagnostic, of);
    const config = this.#sweep.experiments[of.experiment]!;
    const where = override === undefined && diagnostic.path.length > 0 ? `${diagnostic.path.join('.')}: ` : '';
    const source =
      override === undefined
        ? `${config}: ${where}`
        : path[0] === 'experiment'
          ? `${config} with ${override.slice('--set '.length)} of the settings: `
          : '';
    const message = `${source}${diagnostic.message}`;
    // Values of a range have no place of their own: the first of them speaks for all.
    const isOfRange = path[0] === 'tune' && path.length === 2;
    const key = JSON.stringify([path, isOfRange ? [code, of.arm.name] : message]);
    const known = this.#found.get(key) ?? { finding: { severity, code, path, message }, arms: new Set() };
    known.arms.add(of.arm);
    this.#found.set(key, known);
  }

  findings(): readonly Finding[] {
    return [...this.#found.values()].map(({ finding, arms }) => {
      if (arms.size === this.#sweep.arms.length || finding.path[0] === 'methods') return finding;
      return { ...finding, message: `${finding.message} (arm ${[...arms].map(({ name }) => name).join(', ')})` };
    });
  }

  /** What in the sweep set the value: a value of its grid or search, an arm, or the experiment alone. */
  #pathOf({ override, path, code }: Diagnostic, { experiment, arm, settings }: Of): ValuePath {
    const setting = override?.slice('--set '.length);
    const { grid, tuning, arms, experiments } = this.#sweep;
    const key = settings.find((one) => setting?.startsWith(`${one.key}=`))?.key;
    if (key === undefined && setting?.startsWith('methods='))
      return ['methods', arms.indexOf(arm), ...inArm(arm, path)];
    if (key === undefined) return experiments.length === 1 ? ['experiment'] : ['experiment', experiment];
    const isTuned = tuning?.axes.some((axis) => axis.key === key) ?? false;
    const { values } = (isTuned ? tuning!.axes : grid).find((axis) => axis.key === key)!;
    const { value } = settings.find((one) => one.key === key)!;
    // A key that cannot be set is wrong with any value.
    const number = code === 'override' || !Array.isArray(values) ? -1 : values.indexOf(value);
    return [isTuned ? 'tune' : 'grid', key, ...(number < 0 ? [] : [number])];
  }
}

/** Where in an arm something is that a config has in its `methods`, which is a list always. */
const inArm = ({ methods }: Arm, [, item, ...rest]: ValuePath): ValuePath =>
  item === undefined ? [] : Array.isArray(methods) ? [item, ...rest] : rest;
