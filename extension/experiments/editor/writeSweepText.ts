import { stringify } from 'yaml';
import { yamlText } from '../../config/text/plainText.ts';
import { defaultLearningRate, usualWidth } from '../../methods/entries/learningRate.ts';
import { parseMethods } from '../../methods/entries/parse.ts';
import { showNumber } from '../../problems/showValue.ts';
import { firstSeed, firstTuningSeed } from '../file/sweep.ts';
import { fewestSeeds } from '../statistics/enoughSeeds.ts';

/** What a person chose for a new sweep. Paths are as the sweep will have them: relative to its folder. */
export interface SweepChoices {
  readonly experiments: readonly string[];
  /** Each as a config's `methods` takes it. */
  readonly arms: readonly (readonly unknown[])[];
  /** Learning rates that are tried for every arm; none: each method keeps its own. */
  readonly rates: readonly number[];
  readonly tuningSeeds: number;
  readonly seeds: number;
}

/**
 * Rates around those that the methods of the arms have by themselves on this model, with one digit: 3e-4, 1e-3, 3e-3. Each is about
 * √10 times the one before, so that none of the methods' own lies far from all of them.
 * @param count of rates around one; methods of other rates need more
 */
export function ratesAround(
  arms: SweepChoices['arms'],
  count: number,
  model: { readonly hidden: number } = usualWidth,
): readonly number[] {
  const usual = arms.flatMap((arm) =>
    parseMethods([...arm]).methods.map((configured) => defaultLearningRate(configured, model)),
  );
  if (usual.length === 0 || count === 0) return [];
  const step = Math.sqrt(10);
  const reach = step ** ((count - 1) / 2);
  const [least, most] = [Math.min(...usual), Math.max(...usual)];
  const [low, high] = [least / reach, most * reach];
  const steps = count - 1 + Math.round(Math.log(most / least) / Math.log(step));
  return Array.from({ length: steps + 1 }, (_, i) => roundRate(low * (high / low) ** (i / steps)));
}

/** Numbers of seeds to choose from, and what each can do. @param needed the fewest that can show a difference */
export const seedChoices = (needed = fewestSeeds): readonly { readonly seeds: number; readonly detail: string }[] => [
  { seeds: needed, detail: 'The fewest that can show a difference.' },
  ...[
    { seeds: 5, detail: 'Finds large differences.' },
    { seeds: 10, detail: 'Finds differences about as large as the spread of seeds.' },
    { seeds: 20, detail: 'Finds smaller ones.' },
  ].filter(({ seeds }) => seeds > needed),
];

/** The nearest, by ratio, of the numbers that people write: 1, 2, 3, 5, 7 times a power of ten. */
function roundRate(rate: number): number {
  const power = Math.floor(Math.log10(rate));
  const distance = (digit: number): number => Math.abs(Math.log(rate / (digit * 10 ** power)));
  const digit = [1, 2, 3, 5, 7, 10].reduce((best, each) => (distance(each) < distance(best) ? each : best));
  return Number(`${digit}e${power}`);
}

/** The text of a new sweep: what was chosen, and what one may change about it. */
export function writeSweepText({ experiments, arms, rates, tuningSeeds, seeds }: SweepChoices): string {
  const judged = `seeds ${firstSeed} … ${firstSeed + seeds - 1}`;
  const tuned: readonly string[] =
    rates.length === 0
      ? []
      : [
          '# Tried for every arm alike; the best on validation rows is taken. Other keys of the config can stand here too.',
          'tune:',
          `  training.learning_rate: [${rates.map(showNumber).join(', ')}]`,
          `  # ${tuningSeeds === 1 ? `Seed ${firstTuningSeed}` : `Seeds ${firstTuningSeed} … ${firstTuningSeed + tuningSeeds - 1}`}: never those of the results.`,
          `  seeds: ${tuningSeeds}`,
        ];
  return `${[
    `# Which is best: ${arms.map((arm) => parseMethods([...arm]).label || 'one of these').join(', ')}?`.replaceAll(
      /\p{Cc}/gu,
      ' ',
    ),
    experiments.length === 1
      ? `experiment: ${yamlText(experiments[0]!)}`
      : `experiment:\n${experiments.map((file) => `  - ${yamlText(file)}`).join('\n')}`,
    '# The arms. Several methods in one pair of brackets are a union; a name may stand before the brackets.',
    'methods:',
    ...arms.map((arm) => `  - ${flow(arm.length === 1 ? arm[0] : arm)}`),
    ...tuned,
    `# The results: ${judged}, judged on data.test of the config. Fewer than 4 seeds prove nothing.`,
    `seeds: ${seeds}`,
  ].join('\n')}\n`;
}

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();
