import type { RunRecord } from '../contract/run.ts';
import { differingKeys, optionKeys } from './flatConfig.ts';
import { groupBy } from './groupBy.ts';
import { oneLine } from './oneLine.ts';
import { dataName } from './runNames.ts';

/** Names as people shorten them; `lr` is the widest spread of all. */
const shortNames: Readonly<Record<string, string>> = {
  learning_rate: 'lr',
  head_learning_rate: 'head lr',
  batch_size: 'batch',
  validation_split: 'split',
  // Their values say enough.
  methods: '',
  model: '',
  task: '',
};

/** Said elsewhere, or without a say in what is learned. */
const untold =
  /^(name|revision|python|threads|torchrun|num_processes|compile|training\.(seed|kept_activations_mb|keep_best|checkpoint_steps)|data\.(in_memory_mb|(train|validation|test)\.format))$/;

const commonRate = 'training.learning_rate';
const trainFile = /^data\.train(\.file)?$/;
/** What mostly follows from the task and its data. */
const following = /^(data\.|training\.length_window$)/;

/** One thing in which configs differ: a key, the same key of several methods, or how long is trained. */
interface Topic {
  /** Methods and data: they are said wherever they differ. */
  readonly leads: boolean;
  readonly follows: boolean;
  /** By record; none where it is not set. */
  readonly words: readonly (readonly string[])[];
}

/**
 * The fewest differences between the configs of runs that tell them apart as well as all would, methods and their options
 * first: `rank 16`, `lr 3e-3`, `films` for the data. A run says only what tells it from those that are alike so far.
 * @returns for each record, in the order given; nothing where all are the same
 */
export function configDifferences(records: readonly RunRecord[]): readonly (readonly string[])[] {
  const topics = topicsOf(records);
  const steps = telling(topics, records.length);
  return records.map((_, index) => {
    const own = new Set(steps.filter(({ before, after }) => divides(before, after, index)).map(({ topic }) => topic));
    return [...new Set(topics.filter((topic) => own.has(topic)).flatMap(({ words }) => words[index]!))];
  });
}

/** Runs that are told apart so far. */
interface Division {
  /** The class of each run: those of one class are not told apart. */
  readonly classes: readonly number[];
  /** For each class, how many runs it has. */
  readonly sizes: readonly number[];
}

/** Whether a division tells a run from some that it was not told from before. */
const divides = (before: Division, after: Division, run: number): boolean =>
  before.sizes[before.classes[run]!] !== after.sizes[after.classes[run]!];

interface Step {
  readonly topic: Topic;
  readonly before: Division;
  readonly after: Division;
}

function divide({ classes }: Division, { words }: Topic): Division {
  const known = new Map<string, number>();
  const sizes: number[] = [];
  const next = classes.map((own, index) => {
    const key = `${own} ${words[index]!.join(' ')}`;
    const number = known.get(key) ?? known.size;
    known.set(key, number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    return number;
  });
  return { classes: next, sizes };
}

/** The topics to say, each with what it divides: methods and data first, then always what tells most runs apart. */
function telling(topics: readonly Topic[], count: number): readonly Step[] {
  const none: Division = { classes: new Array<number>(count).fill(0), sizes: [count] };
  const whole = topics.reduce(divide, none);
  const ranked = [...topics].sort((a, b) => Number(a.follows) - Number(b.follows));
  const steps: Step[] = [];
  for (let before = none; before.sizes.length < whole.sizes.length; before = steps.at(-1)!.after) {
    const tries = ranked.map((topic): Step => ({ topic, before, after: divide(before, topic) }));
    const classesOf = ({ after }: Step): number => after.sizes.length;
    const leading = tries.find((step) => step.topic.leads && classesOf(step) > before.sizes.length);
    steps.push(leading ?? tries.reduce((best, step) => (classesOf(step) > classesOf(best) ? step : best)));
  }
  return steps;
}

/** Keys that say one thing in two ways. */
const sameThing: Readonly<Record<string, string>> = { max_steps: 'epochs' };

function topicsOf(records: readonly RunRecord[]): readonly Topic[] {
  const options = optionKeys(records);
  const all = [...differingKeys(records)].filter(([key]) => !untold.test(key));
  // What each method learns at tells more than their common rate.
  const hasOwnRates = all.some(([key]) => options.has(key) && lastOf(key) === 'learning_rate');
  const rest = all.filter(([key]) => key !== 'methods' && !(hasOwnRates && key === commonRate));
  const told = [...all.filter(([key]) => key === 'methods'), ...rest];
  const grouped = groupBy(told, ([key]) => (trainFile.test(key) ? key : (sameThing[lastOf(key)] ?? lastOf(key))));
  return grouped.map((entries): Topic => {
    const [[first, values]] = entries as [(typeof told)[number]];
    if (trainFile.test(first)) {
      return { leads: true, follows: false, words: trainTexts(records, values).map((text) => [text]) };
    }
    const sides = entries.map(([key, values]) => ({
      owner: ownerOf(key, options),
      name: shortNames[lastOf(key)] ?? lastOf(key),
      values,
      texts: valueTexts(values),
    }));
    const words = records.map((_, index) => {
      const set = sides.filter(({ values }) => values[index] !== '');
      // One rate for every method is said once.
      const isOne = new Set(set.map(({ values }) => values[index])).size === 1;
      return set.map(({ owner, name, texts }) =>
        [isOne ? '' : oneLine(owner), name, texts[index]!].filter(Boolean).join(' '),
      );
    });
    return {
      leads: first === 'methods',
      follows: entries.every(([key]) => following.test(key)),
      words: words.map((texts) => [...new Set(texts)]),
    };
  });
}

/** `films`; the file where several go by that name. */
function trainTexts(records: readonly RunRecord[], files: readonly string[]): readonly string[] {
  const names = records.map((record) => oneLine(dataName({ record })));
  const filesOf = new Map<string, Set<string>>();
  for (const [index, name] of names.entries()) filesOf.set(name, (filesOf.get(name) ?? new Set()).add(files[index]!));
  const texts = valueTexts(files);
  return names.map((name, index) => (filesOf.get(name)!.size === 1 ? name : `train ${texts[index]}`));
}

const partsOf = (key: string): readonly string[] => key.split('.').filter((part) => part !== 'file');
const lastOf = (key: string): string => partsOf(key).at(-1) ?? key;

/** Whose key it is: the method of an option, else the section. */
const ownerOf = (key: string, options: ReadonlySet<string>): string =>
  (options.has(key) ? partsOf(key)[0] : partsOf(key).at(-2)) ?? '';

/** Longest value shown. */
const valueRoom = 24;

/** `1e-3`, `query+value`; of paths as many last parts as tell them apart: `small`, `a/model` beside `b/model`. */
function valueTexts(values: readonly string[]): readonly string[] {
  const paths = new Map([...new Set(values)].map((value) => [value, oneLine(value).split(/[\\/]/)]));
  const deepest = Math.max(...[...paths.values()].map(({ length }) => length));
  const endOf = (value: string, parts: number): string => paths.get(value)!.slice(-parts).join('/');
  let parts = 1;
  while (parts < deepest && new Set([...paths.keys()].map((value) => endOf(value, parts))).size < paths.size)
    parts += 1;
  return values.map((value) => {
    const number = Number(value);
    if (value !== '0' && Math.abs(number) < 0.01) return number.toExponential();
    const text = endOf(value, parts);
    return text.length <= valueRoom ? text : `${text.slice(0, valueRoom - 1)}…`;
  });
}
