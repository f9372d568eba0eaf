import type { JudgedSplit } from '../../contract/rowOutcomes.ts';
import type { RecordedConfig, RunRecord } from '../../contract/run.ts';
import { shownFile } from '../../contract/shownFile.ts';
import { counted } from '../../problems/counted.ts';
import { hidingTasks } from '../../tasks/hidingTasks.ts';
import { countsTokens } from '../plan/tokenCounts.ts';

/** Which rows judge a run, by which metric. */
export interface Judging {
  readonly split: JudgedSplit;
  /** Name of their file: `test.tsv`, `stanfordnlp/sst2/validation`. */
  readonly file: string;
  /** The file as the record names it, with its folders. */
  readonly path: string;
  /** Which of its rows: `first 10 rows`; empty for all of them. */
  readonly part: string;
  /** Whether each seed draws rows of its own from the training rows. */
  readonly isDrawn: boolean;
  /** Equal where rows of one source judge by one metric: what seeds reach on average can be compared. */
  readonly source: string;
  /** Equal where the very same rows do: one value can be better than another. */
  readonly rows: string;
  /** Undefined for a metric that counts none. */
  readonly tokens: TokenSource | undefined;
}

/** What decides which tokens a text becomes, and which of them are to be found: other tokens give another mean. */
export interface TokenSource {
  /** Lengths, templates, the share that is hidden. */
  readonly reading: string;
  readonly tokenizer: string;
}

/** Whether runs were measured on the same tokens, as far as their records tell. */
export function areTokensAlike(a: TokenSource | undefined, b: TokenSource | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return a.reading === b.reading && a.tokenizer === b.tokenizer;
}

const judgings = new WeakMap<RunRecord, Map<string, Judging>>();

/**
 * What judges a run. Kept, for records never change.
 * @param metric without the `test_` before its name; empty for what is not measured on rows, as time
 * @param split Default: the test rows where there are some, else the validation rows
 */
export function judgingOf(record: RunRecord, metric: string, split?: JudgedSplit): Judging {
  const ofRecord = judgings.get(record) ?? new Map<string, Judging>();
  judgings.set(record, ofRecord);
  const key = `${split} ${metric}`;
  const judging = ofRecord.get(key) ?? readJudging(record, metric, split);
  ofRecord.set(key, judging);
  return judging;
}

function readJudging(record: RunRecord, metric: string, wanted?: JudgedSplit): Judging {
  const { dataHashes, baseFolder, task, seed } = record;
  const { data } = record.config;
  const split = wanted ?? (dataHashes.test === undefined ? 'validation' : 'test');
  const isDrawn = split === 'validation' && dataHashes.validation === undefined && data.validation == null;
  const from = isDrawn ? 'train' : split;
  const { file, skip, limit, ...reading }: JudgingFile = data[from] ?? { file: from };
  const contents = dataHashes[from] ?? [baseFolder, file];
  const taken = [split, contents, skip ?? 0, limit ?? null, isDrawn && data.validation_split];
  const source = JSON.stringify([metric, task, taken, targetOf(reading)]);
  const drawn = isDrawn ? seed : null;
  const tokens = countsTokens(metric) && reading.label == null ? tokensOf(record, reading) : undefined;
  const hidden = tokens && hidingTasks.includes(task) ? seed : null;
  const rows = JSON.stringify([source, drawn, tokens && [tokens.reading, tokens.tokenizer], hidden]);
  const part = partText(skip ?? 0, limit ?? null);
  return { split, file: shownFile(file), path: file, part, isDrawn, source, rows, tokens };
}

const partText = (skip: number, limit: number | null): string =>
  [
    ...(skip === 0 ? [] : [`without its first ${counted(skip, 'row')}`]),
    ...(limit === null ? [] : [`at most ${counted(limit, 'row')}`]),
  ].join(', ');

type JudgingFile = NonNullable<RecordedConfig['data']['validation']>;
type Reading = Readonly<Record<string, unknown>>;

/** Columns that say what is right: the label, else the text itself. */
const targetOf = ({ label, completion, messages, text, text_pair }: Reading): unknown =>
  label ?? [completion, messages, text, text_pair].filter((column) => column != null);

function tokensOf({ base, config, task }: RunRecord, { chat_template }: Reading): TokenSource {
  const tokenizer = Object.entries(base.files).filter(([file]) => !/^config\.json$|safetensors/.test(file));
  const { max_length, long_texts = 'cut' } = config.data;
  const hidden = hidingTasks.includes(task) ? config.training.mlm_probability : null;
  const reading = JSON.stringify([chat_template ?? null, max_length ?? null, long_texts, hidden]);
  return { reading, tokenizer: JSON.stringify(tokenizer) };
}
