import type { ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import type { ModelDimensions } from '../../models/dimensions.ts';
import type { WorkContext } from '../../runs/control/work.ts';
import { readsWords } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { EncodedRow } from '../../tasks/rows/example.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import type { Batch, Task } from '../../tasks/task.ts';
import { KeptActivations, type KeptOptions } from '../../training/keptActivations.ts';
import type { TrainingBatches } from '../../training/stepBatches.ts';
import { BadRows } from '../formats/badRows.ts';
import { CutCount, type CutRows, cutText } from '../rows/cutRows.ts';
import { IndexedRows } from '../rows/indexedRows.ts';
import { columnsOf, sourceOf, splitIndex } from '../rows/splitIndex.ts';
import { loadSplit, noRows } from '../rows/splits.ts';
import type { TextTokenizer } from '../tokenizer/tokenizer.ts';
import { splitRows } from './batches.ts';
import { collate } from './collate.ts';
import {
  allMembers,
  fileBatches,
  inFileOrder,
  memoryBatches,
  type RowBatch,
  type RowBatches,
  splitMembers,
} from './rowBatches.ts';

/** What rows become batches with. */
interface Reading {
  readonly dimensions: ModelDimensions;
  readonly tokenizer: TextTokenizer;
  readonly task: Task;
  readonly labels: LabelNames;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
}

/** A run's rows, ready to be made into batches. */
export interface RunData {
  readonly batchesPerEpoch: number;
  /** @param keep how fixed values are computed and kept; without it, none are */
  batches(keep?: KeptOptions): RunBatches;
  /** Lets go of the files. */
  close(): void;
}

export interface RunBatches {
  readonly training: TrainingBatches;
  readonly validation: AsyncIterable<Batch> | undefined;
  readonly test: AsyncIterable<Batch> | undefined;
}

/** Rows of a split: all of them, or some aside. */
interface OpenSplit {
  all(): RowBatches;
  /** @throws RangeError when nothing would be left to train on */
  parts(share: number): { readonly train: RowBatches; readonly validation: RowBatches };
  close(): void;
}

/** Opens the splits: small files are read and tokenised, of large ones the index. */
export async function openData(context: WorkContext, config: ResolvedConfig, reading: Reading): Promise<RunData> {
  const { data, training } = config;
  const { tokenizer, task } = reading;
  const { seed, batch_size: batchSize, mlm_probability: probability } = training;
  const opened: OpenSplit[] = [];
  const open = async (split: ResolvedSplit): Promise<OpenSplit> => {
    const rows = await openSplit(context, config, split, reading);
    opened.push(rows);
    return rows;
  };

  const rows = await open(data.train);
  const isAside = data.validation === null && data.validation_split !== null;
  const aside = isAside ? rows.parts(data.validation_split!) : undefined;
  const train = aside ? aside.train : rows.all();
  const validation = data.validation === null ? aside?.validation : (await open(data.validation)).all();
  const test = data.test === null ? undefined : (await open(data.test)).all();
  const batchesPerEpoch = Math.ceil(train.size / batchSize);

  const collated = ({ examples }: RowBatch, epoch: number): Batch => {
    const { maskTokens } = task;
    const masked = maskTokens && examples.map((one) => maskTokens(one, tokenizer, { seed, epoch, probability }));
    return collate(masked ?? examples, task, reading);
  };

  return {
    batchesPerEpoch,
    batches(keep) {
      const share = new Sharing(keep, (batch) => collated(batch, -1));
      const trainKept = share.keeper(train, () => train.held!.epochRows(0));
      const evaluation = (part: RowBatches, isRepeated: boolean): AsyncIterable<Batch> => {
        const kept = share.keeper(part, () => (isRepeated ? part.held!.evaluationRows() : []));
        return {
          async *[Symbol.asyncIterator]() {
            for (const batch of part.inEvaluation()) {
              const whole = collated(batch, -1);
              yield kept ? await kept.complete(whole, batch.rows) : whole;
            }
          },
        };
      };
      const inEpoch = async (epoch: number, index: number): Promise<Batch> => {
        const batch = train.inEpoch(epoch, index);
        const whole = collated(batch, epoch);
        return trainKept ? await trainKept.complete(whole, batch.rows) : whole;
      };
      return {
        training: { batchesPerEpoch, epoch: (epoch) => ({ batch: (index) => inEpoch(epoch, index) }) },
        validation: validation && evaluation(validation, true),
        test: test && evaluation(test, false),
      };
    },
    close() {
      for (const split of opened) split.close();
    },
  };
}

/** Shares the memory for kept values among the splits, in the order in which they ask. */
class Sharing {
  readonly #keep: KeptOptions | undefined;
  readonly #collated: (batch: RowBatch) => Batch;
  #remainingBytes: number;

  constructor(keep: KeptOptions | undefined, collated: (batch: RowBatch) => Batch) {
    this.#keep = keep;
    this.#collated = collated;
    this.#remainingBytes = keep?.limitBytes ?? 0;
  }

  /** @param batches those that values are computed in; asked for only where rows are held */
  keeper(part: RowBatches, batches: () => readonly (readonly number[])[]): KeptActivations | undefined {
    if (!this.#keep) return undefined;
    const { held } = part;
    const source = {
      batches: held ? batches() : [],
      lengthOf: (row: number) => held!.lengthOf(row),
      batchOf: async (rows: readonly number[]) => this.#collated(held!.batch(rows)),
    };
    const kept = new KeptActivations(source, { ...this.#keep, limitBytes: this.#remainingBytes });
    this.#remainingBytes -= kept.bytes;
    return kept;
  }
}

async function openSplit(
  context: WorkContext,
  { data, training }: ResolvedConfig,
  split: ResolvedSplit,
  { task, tokenizer, labels }: Reading,
): Promise<OpenSplit> {
  const { baseFolder } = context.record;
  const { seed, batch_size: batchSize, length_window: lengthWindow } = training;
  const batching = { batchSize, seed, lengthWindow };
  const index = await splitIndex(split, data, baseFolder, task, () => {});
  if (!index) {
    const loaded = await loadSplit(split, data, baseFolder, { task, tokenizer, labels }, () => {});
    const { rows, skipped, cut } = loaded;
    tellCut(context, `${split.file}: `, cut, data.max_length, task);
    warnSkipped(context, split.file, { skipped, rows: rows.size });
    return {
      all: () => memoryBatches(rows, [...Array(rows.size).keys()], batching),
      parts(share) {
        const { train, validation } = context.record.validationDraw
          ? inFileOrder(splitMembers(rows.size, share, seed))
          : splitRows(rows.size, share, seed);
        return {
          train: memoryBatches(rows, train, batching),
          validation: memoryBatches(rows, validation, batching),
        };
      },
      close: () => {},
    };
  }
  if (index.rows === 0) throw noRows(index.file);
  warnSkipped(context, split.file, index);
  const columns = columnsOf(split);
  const encoding = { labels, maxLength: data.max_length };
  const rows = new IndexedRows(sourceOf(split, baseFolder), index, (row) =>
    task.encode(row, columns, tokenizer, encoding),
  );
  const looked = new CutCount();
  const stride = Math.max(1, Math.floor(rows.size / lookedAt));
  for (let row = 0; row < rows.size; row += stride) lookAt(rows, row, looked);
  tellCut(context, `${split.file}, of every ${stride}th row: `, looked, data.max_length, task);
  const badRows = new BadRows(data.on_bad_row);
  const late = {
    handle(error: unknown) {
      badRows.handle(error);
      if (badRows.count === 1) warnSkipped(context, split.file, { skipped: badRows, rows: rows.size - 1 });
    },
  };
  return {
    all: () => fileBatches(rows, allMembers(rows.size), batching, late),
    parts(share) {
      const { train, validation } = splitMembers(rows.size, share, seed);
      return {
        train: fileBatches(rows, train, batching, late),
        validation: fileBatches(rows, validation, batching, late),
      };
    },
    close: () => rows.close(),
  };
}

/** Rows of a large file that are tokenised to tell how many are cut. */
const lookedAt = 1000;

/** A row that is bad after all is told of when its turn comes. */
function lookAt(rows: IndexedRows<EncodedRow>, row: number, looked: CutCount): void {
  try {
    looked.add(rows.example(row));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
}

function tellCut(context: WorkContext, where: string, cut: CutRows, maxLength: number, task: Task): void {
  const text = cutText(cut, maxLength, readsWords(task));
  if (text === undefined || context.resume) return;
  context.emit({ type: 'note', time: new Date().toISOString(), code: 'cut-rows', message: where + text });
}

function warnSkipped(
  context: WorkContext,
  file: string,
  { skipped, rows }: { readonly skipped: Pick<BadRows, 'count' | 'examples'>; readonly rows: number },
): void {
  if (skipped.count === 0) return;
  const all = rows + skipped.count;
  const share = ((100 * skipped.count) / all).toFixed(skipped.count < all / 10 ? 1 : 0);
  const examples = skipped.examples.map(({ message }) => message).join('\n');
  context.emit({
    type: 'warning',
    time: new Date().toISOString(),
    code: 'bad-rows',
    message: `${file}: ${skipped.count} of ${all} rows are bad and were skipped (${share} %); the first ones:\n${examples}`,
  });
}
