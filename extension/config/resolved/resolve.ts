import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import { defaultHeadLearningRate, defaultLearningRate, usualWidth } from '../../methods/entries/learningRate.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { findTask } from '../../tasks/registry.ts';
import type { ColumnKey } from '../../tasks/task.ts';
import { formatOfFile } from '../schema/dataFormat.ts';
import { type DataFormat, dataFormats, type textEncodings } from '../schema/dataSchema.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { hubSplitUrl } from './hubUrl.ts';
import { defaultMaxLength, usualMaxLength } from './maxLength.ts';

/** One data file with everything about how to read it. */
export type ResolvedSplit = {
  /** As written: relative paths start from the config's folder. */
  readonly file: string;
  readonly format: DataFormat;
  readonly delimiter: string | null;
  /** Names of the columns of a file without a header. */
  readonly columns: readonly string[] | null;
  readonly encoding: (typeof textEncodings)[number];
  readonly text: string | null;
  readonly text_pair: string | null;
  readonly prompt: string | null;
  readonly completion: string | null;
  /** Those of conversations: of tasks that read some. */
  readonly input?: string | null;
  readonly messages?: string | null;
  readonly chat_template?: ConfigInput['data']['chat_template'];
  readonly tokens: string | null;
  /** As `tokens`, in CoNLL: a column's number, or its name. */
  readonly label: string | null;
  /** Names of the labels where the file has their numbers from 0. */
  readonly labels: readonly string[] | null;
  readonly skip: number;
  readonly limit: number | null;
};

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

type Data = ConfigInput['data'];
type WrittenSplit = Exclude<Data['train'], string>;
/** Where a split's rows are said to be. */
type SplitSource = Partial<Pick<WrittenSplit, 'file' | 'hub' | 'config' | 'split' | 'revision'>>;
type Training = ConfigInput['training'];

/** Method name → its options, every one filled in, `learning_rate` included. One key. */
type MethodOf<Number> = Readonly<
  Record<string, Readonly<Record<string, unknown>> & { readonly learning_rate: Number }>
>;

/** A config with its defaults filled in; `Number` is a number that may follow from the model's sizes. */
type ConfigOf<Number> = Readonly<Omit<ConfigInput, 'data' | 'methods' | 'training'>> & {
  readonly data: Readonly<Pick<Data, 'validation_split' | 'format' | 'delimiter' | 'in_memory_mb' | 'on_bad_row'>> & {
    readonly columns: readonly string[] | null;
    readonly encoding: ResolvedSplit['encoding'];
    readonly max_length: Number;
    /** Of tasks that can split texts. */
    readonly long_texts?: Data['long_texts'];
    readonly train: ResolvedSplit;
    readonly validation: ResolvedSplit | null;
    readonly test: ResolvedSplit | null;
  };
  readonly methods: readonly MethodOf<Number>[];
  readonly training: Readonly<Omit<Training, 'head_learning_rate' | 'length_window'>> & {
    readonly head_learning_rate: Number;
    readonly length_window: number;
  };
};

/** A config resolved without its model: null stands for values that follow from the model's sizes. */
export type ConfigDraft = ConfigOf<number | null>;

/** A config with every default filled in, frozen into `run.json`. As a config it says the same again. */
export type ResolvedConfig = ConfigOf<number>;

const defaultEpochs = 3;

/**
 * Fills in what depends on other keys: columns by task, formats by file ending, epochs unless `max_steps` is set, and what
 * depends on the model too: learning rates (a method's own option, else `training.learning_rate`, else the method's
 * default for a model of this width) and the longest sequence that the model has room for.
 */
export const resolveConfig = (
  input: ConfigInput,
  methods: readonly ConfiguredMethod[],
  model: ModelDimensions,
): ResolvedConfig =>
  fill(input, methods, {
    maxLength: defaultMaxLength(methods, model),
    learningRate: (configured) => defaultLearningRate(configured, model),
    headLearningRate: defaultHeadLearningRate(model),
  });

/** As `resolveConfig`, as far as no model is needed. */
export const draftConfig = (input: ConfigInput, methods: readonly ConfiguredMethod[]): ConfigDraft =>
  fill<number | null>(input, methods, { maxLength: null, learningRate: () => null, headLearningRate: null });

/** The defaults of most models, to compare with where a run's own model is not known. */
export const usualConfig = (input: ConfigInput, methods: readonly ConfiguredMethod[]): ResolvedConfig =>
  fill(input, methods, {
    maxLength: usualMaxLength,
    learningRate: (configured) => defaultLearningRate(configured, usualWidth),
    headLearningRate: defaultHeadLearningRate(usualWidth),
  });

/** A draft in which nothing waits for the model, as in the record of a run. */
export function isResolved(draft: ConfigDraft): draft is ResolvedConfig {
  const rates = draft.methods.flatMap((entry) => Object.values(entry).map(({ learning_rate }) => learning_rate));
  return draft.data.max_length !== null && draft.training.head_learning_rate !== null && !rates.includes(null);
}

function fill<Number>(
  input: ConfigInput,
  methods: readonly ConfiguredMethod[],
  ofModel: {
    readonly maxLength: Number;
    learningRate(configured: ConfiguredMethod): Number;
    readonly headLearningRate: Number;
  },
): ConfigOf<Number | number> {
  const { data, training } = input;
  const task = findTask(input.task);
  return {
    ...input,
    data: {
      train: resolveSplit(input, 'train', data.train),
      validation: data.validation == null ? null : resolveSplit(input, 'validation', data.validation),
      test: data.test == null ? null : resolveSplit(input, 'test', data.test),
      validation_split: data.validation_split,
      format: data.format,
      delimiter: data.delimiter,
      columns: data.columns ?? null,
      encoding: data.encoding ?? 'utf-8',
      max_length: data.max_length ?? ofModel.maxLength,
      ...(task.pieces && { long_texts: data.long_texts }),
      in_memory_mb: data.in_memory_mb,
      on_bad_row: data.on_bad_row,
    },
    methods: methods.map((configured) => ({
      [configured.method.name]: {
        ...(configured.options as Record<string, unknown>),
        learning_rate: configured.learningRate ?? training.learning_rate ?? ofModel.learningRate(configured),
      },
    })),
    training: {
      ...training,
      epochs: training.epochs ?? (training.max_steps === null ? defaultEpochs : null),
      length_window: training.length_window ?? task.lengthWindow,
      head_learning_rate: training.head_learning_rate ?? training.learning_rate ?? ofModel.headLearningRate,
    },
  };
}

/** Format of a split's file by its own `format`, else the data's, else its ending; undefined when none tells. */
export function splitFormat(dataFormat: unknown, ownFormat: unknown, file: string): DataFormat | undefined {
  const format = ownFormat ?? dataFormat ?? 'auto';
  return format === 'auto' ? formatOfFile(file) : dataFormats.find((known) => known === format);
}

/** The path or the URL of a split as written; undefined where it names neither. */
export function writtenFile(name: SplitName, { file, hub, config, split, revision }: SplitSource): string | undefined {
  return hub === undefined ? file : hubSplitUrl(hub, config ?? 'default', split ?? name, revision);
}

function resolveSplit(input: ConfigInput, name: SplitName, split: Data['train']): ResolvedSplit {
  const own: WrittenSplit = typeof split === 'string' ? { file: split } : split;
  const file = writtenFile(name, own) ?? '';
  const { data } = input;
  const { columns, labels } = findTask(input.task);
  /** What all files are told holds for one that is told nothing; null takes it back. */
  const said = <Key extends keyof typeof own & keyof Data>(key: Key): WrittenSplit[Key] | Data[Key] =>
    own[key] === undefined ? data[key] : own[key];
  const column = (key: ColumnKey, usual: string | null): string | null => {
    const written = columns[key] === undefined ? null : (said(key) ?? usual);
    return written === null ? null : String(written);
  };
  const messages = column('messages', null);
  return {
    file,
    format: splitFormat(data.format, own.format, file) ?? 'tsv',
    delimiter: said('delimiter') ?? null,
    columns: said('columns') ?? null,
    encoding: said('encoding') ?? 'utf-8',
    text: column('text', 'text'),
    text_pair: column('text_pair', null),
    prompt: column('prompt', messages === null ? 'prompt' : null),
    completion: column('completion', messages === null ? 'completion' : null),
    ...(columns.messages !== undefined && {
      input: column('input', null),
      messages,
      chat_template: own.chat_template ?? data.chat_template,
    }),
    tokens: column('tokens', 'tokens'),
    label: column('label', 'label'),
    labels: labels === 'classes' ? (said('labels') ?? null) : null,
    skip: own.skip ?? 0,
    limit: own.limit ?? null,
  };
}
