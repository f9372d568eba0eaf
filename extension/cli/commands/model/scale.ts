import path from 'node:path';
import type { Command } from 'commander';
import type { ScaleCurve } from '../../../contract/scale.ts';
import { counted } from '../../../problems/counted.ts';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { formatCount } from '../../../view/figures.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { numberOf } from '../../numberOption.ts';
import { metricText, real, table } from '../../output/format.ts';
import { openReport } from '../../output/progressView.ts';
import { rowsFile } from '../../rowsFile.ts';

interface ScaleOptions extends RunsOption, OtherBaseOption {
  readonly by: string;
  readonly points: string;
  readonly data?: string;
  readonly json?: boolean;
}

export function registerScale(program: Command, cli: Cli): void {
  program
    .command('scale <run>')
    .summary('score a tuned model with its change scaled')
    .description(
      'Evaluates γ₀ + λ·Δγ for several λ, without training: 0 is the frozen model with the trained head, 1 the tuned one. Scaled are terms that have a value in the base (ln-tuning, bitfit, full); others stay as trained. `--scale` of evaluate, predict and export takes the λ that you choose.',
    )
    .option('--by <from..to>', 'range of λ', '0..1.5')
    .option('--points <n>', 'how many λ; the one nearest to 1 is 1 itself', '11')
    .option(
      '--data <file>',
      'rows in the format of the config, or their hf:// address (default: those of its validation)',
    )
    .option('--json', 'one object')
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: ScaleOptions) => {
        const scales = scalesOf(options);
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const { allowOtherBase } = options;
        const score = async () => {
          const data = options.data === undefined ? undefined : await rowsFile(options.data, progress.report);
          return await operations.scale(folder, { scales, data, allowOtherBase }, progress.report);
        };
        const curve = await score().finally(() => progress.close());
        cli.print(options.json ? `${JSON.stringify(curve)}\n` : describe(curve));
        return 0;
      }),
    );
}

/** λ at equal distances, where one is the tuned model itself if the range has it. @throws UserError */
function scalesOf({ by, points }: ScaleOptions): readonly number[] {
  const count = numberOf('--points', points, { from: 2, to: 101, isWhole: true });
  const [from = Number.NaN, to = Number.NaN, ...more] = by
    .split('..')
    .map((end) => (end.trim() === '' ? Number.NaN : Number(end)));
  if (more.length > 0 || !(from >= 0 && to > from && to <= 10)) {
    throw new UserError(`--by: must be a range FROM..TO within 0..10, got ${by}; for example 0..1.5`, 'usage');
  }
  const even = Array.from({ length: count }, (_, i) => Number((from + ((to - from) * i) / (count - 1)).toFixed(6)));
  if (from > 1 || to < 1) return even;
  const distance = (scale: number): number => Math.abs(scale - 1);
  const nearest = even.reduce((best, scale) => (distance(scale) < distance(best) ? scale : best));
  return even.map((scale) => (scale === nearest ? 1 : scale));
}

function describe({ rows, file, seconds, methods, numbers, kept, metric, best, points }: ScaleCurve): string {
  const names = Object.keys(points[0]!.metrics);
  const says = (scale: number): string =>
    [...(scale === best ? ['best'] : []), ...(scale === 1 ? ['as tuned'] : []), ...(scale === 0 ? ['base'] : [])].join(
      ', ',
    );
  const lines = points.map(({ scale, metrics }) => [
    String(scale),
    ...names.map((name) => metricText(name, metrics[name])),
    says(scale),
  ]);
  const at = (scale: number) => points.find((point) => point.scale === scale)?.metrics[metric];
  const tuned = at(1);
  const stay = kept.length === 0 ? '' : `; ${kept.join(' and ')} as trained`;
  const found =
    best === 1
      ? 'No other λ does better here.'
      : `Chosen on these rows: judge it on others (peft-lab evaluate RUN --data FILE --scale ${best}) before you rely on it.`;
  const compared = best === 1 || tuned === undefined ? '' : ` (as tuned ${metricText(metric, tuned)})`;
  return [
    `${counted(rows, 'row')} of ${path.basename(file)}, ${formatCount(numbers)} numbers of ${methods.join(' and ')} scaled${stay}, ${real(seconds)} s\n`,
    table(['λ', ...names, ''], lines),
    `best ${metric}: ${metricText(metric, at(best))} at λ = ${best}${compared}. ${found}\n`,
  ].join('\n');
}
