import { counted } from '../../problems/counted.ts';
import { fewSeedsText } from '../plan/fewSeeds.ts';
import { fewestSeeds, level, seedsToShow } from '../statistics/enoughSeeds.ts';
import { areTokensAlike } from './judging.ts';
import { type ArmRun, type ArmRuns, expectedSeeds, type Question, scored } from './question.ts';

/**
 * What makes results less sure than they look, each with what to do about it.
 * @param leastPs of each pair that is tested, the least p after Holm's adjustment that its numbers of seeds let it have
 */
export function warningsOf(question: Question, leastPs: readonly number[], comparisons: number): readonly string[] {
  return [
    ...ofArms(question.arms),
    ...unequalEvaluations(question),
    ...rowWarnings(question),
    ...otherTokens(question),
    ...tooFewSeeds(question, leastPs, comparisons),
  ];
}

/** What is to be said of one arm, without its name. */
function armWarnings(arm: ArmRuns): readonly string[] {
  const { runs, edges = [], repeatedSeeds = [], tuned = [], bestTuned, failedTuning = [] } = arm;
  const count = scored(arm).length;
  const missing = runs.filter(({ score }) => score === undefined || !Number.isFinite(score));
  const rest = count === 0 ? 'not judged' : 'the mean is over the others';
  return [
    ...(missing.length > 0
      ? [`${missing.length} of ${runs.length} runs have no result (${reasons(missing)}); ${rest}`]
      : []),
    ...(count > 0 && count < fewestSeeds
      ? [
          `${counted(count, 'seed')}, and fewer than ${fewestSeeds} prove nothing; ${expectedSeeds(arm) < fewestSeeds ? 'add seeds' : 'let the others run'}`,
        ]
      : []),
    ...(repeatedSeeds.length > 0
      ? [`more than one run of seed ${repeatedSeeds.join(', ')}; one of each counts, for equal seeds repeat each other`]
      : []),
    ...(bestTuned !== undefined
      ? [
          `tuning would now choose ${bestTuned}, and runs were trained with ${tuned.join(', ')}; start the sweep anew with --new`,
        ]
      : []),
    ...(failedTuning.length > 0
      ? [
          `tuning did not compare ${listed(failedTuning)}, of which a run failed; where the values are not at fault, resume that run (named by: peft-lab sweep status)`,
        ]
      : []),
    ...edges.map((edge) => `the best ${edge} is at the edge of the grid; widen the grid before you compare`),
  ];
}

/** Each warning once, after the names of all arms that it is about. */
function ofArms(arms: readonly ArmRuns[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const arm of arms) for (const text of armWarnings(arm)) names.set(text, [...(names.get(text) ?? []), arm.name]);
  return [...names].map(([text, of]) => `${of.join(', ')}: ${text}`);
}

/** `a; b; c and 4 more` */
const listed = (texts: readonly string[]): string =>
  texts.length <= 4 ? texts.join('; ') : `${texts.slice(0, 3).join('; ')} and ${texts.length - 3} more`;

/** `seeds 1, 2 not run yet; seed 3 failed` */
function reasons(missing: readonly ArmRun[]): string {
  const seeds = new Map<string, number[]>();
  for (const { seed, score, state } of missing) {
    const why = score === undefined ? state : 'diverged';
    seeds.set(why, [...(seeds.get(why) ?? []), seed]);
  }
  return [...seeds].map(([why, of]) => `${of.length === 1 ? 'seed' : 'seeds'} ${of.join(', ')} ${why}`).join('; ');
}

const length = /^training\.(epochs|max_steps) /;

/** The best of many evaluations is chosen from more luck than the best of few. */
function unequalEvaluations({ arms, split }: Question): readonly string[] {
  const runs = arms.flatMap(scored).filter(({ stopsEarly }) => !stopsEarly);
  const counts = runs.map(({ evaluations }) => evaluations);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (counts.length === 0 || most <= least) return [];
  const harm = split === 'validation' ? 'whose results are then too good' : 'which can choose a better checkpoint';
  const isTuned = arms.some(({ tuned = [] }) => tuned.some((value) => length.test(value)));
  const cure = isTuned
    ? 'their lengths were tuned, so set training.keep_best: false'
    : 'give all the same training.eval_steps';
  return [`runs kept the best of ${least} to ${most} evaluations; more evaluations favour a run, ${harm}: ${cure}`];
}

function rowWarnings({ arms, split, rowsDiffer }: Question): readonly string[] {
  if (split === 'test') return [];
  const chosen = [
    ...(arms.some(({ tuned = [] }) => tuned.length > 0) ? ['values'] : []),
    ...(arms.flatMap(scored).some(({ evaluations, stopsEarly }) => evaluations > 1 || stopsEarly)
      ? ['checkpoints']
      : []),
  ];
  return [
    ...(chosen.length > 0
      ? [
          `judged on validation rows, which also chose the ${chosen.join(' and ')}: results are a little too good; set data.test`,
        ]
      : []),
    ...(rowsDiffer
      ? ['each seed drew validation rows of its own (data.validation_split), so rows are not compared; set data.test']
      : []),
  ];
}

function otherTokens({ arms, metric }: Question): readonly string[] {
  const judged = arms.filter((arm) => scored(arm).length > 0);
  if (judged.every(({ tokens }) => areTokensAlike(tokens, judged[0]!.tokens))) return [];
  const cure = 'give all the same model, data.max_length, long_texts, chat_template and training.mlm_probability';
  return [`arms become different tokens, and ${metric.title} is a mean over them; ${cure}`];
}

/** Where not even the clearest difference could be shown, and runs that are to come do not change that. */
function tooFewSeeds({ arms }: Question, leastPs: readonly number[], comparisons: number): readonly string[] {
  if (leastPs.length === 0 || Math.min(...leastPs) < level) return [];
  const enough = seedsToShow(comparisons);
  const isComing = enough !== undefined && arms.every((arm) => expectedSeeds(arm) >= enough);
  return isComing ? [] : [fewSeedsText(comparisons)];
}
