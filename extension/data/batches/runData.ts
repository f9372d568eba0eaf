import type { ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import { shareText } from '../../problems/shareText.ts';
import { readsWords } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { EncodedRow } from '../../tasks/rows/example.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import type { Task } from '../../tasks/task.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { CutCount, type CutRows, rowsText } from '../rows/cutRows.ts';
import { IndexedRows } from '../rows/indexedRows.ts';
import { columnsOf, sourceOf, splitIndex } from '../rows/splitIndex.ts';
import { type LoadedSplit, noRows } from '../rows/splits.ts';
import type { TextTokenizer } from '../tokenizer/tokenizer.ts';
import { allMembers, fileBatches, inFileOrder, memoryBatches, type RowBatches, splitMembers } from './rowBatches.ts';

/** Everything that encoding a row depends on. */
interface Encoding {
  readonly tokenizer: TextTokenizer;
  readonly task: Task;
  readonly labels: LabelNames;
}

/** How a run's splits are opened. */
export interface SplitsRequest extends Encoding {
  readonly config: Pick<ResolvedConfig, 'data' | 'training'>;
  readonly baseFolder: string;
  /** Reads and tokenises a split that is held in memory; of runs on the same rows, only one need do so. */
  readonly load: (split: ResolvedSplit) => Promise<LoadedSplit>;
  /** Refuses a split whose file has another hash than the run began with; `load` does so itself. */
  readonly demandSame: (split: ResolvedSplit, sha256: string) => void;
  readonly report: (code: 'cut-rows' | 'bad-rows', message: string) => void;
}

type Report = SplitsRequest['report'];

/** A run's rows, in the order in which they are made into batches. */
export interface RunSplits {
  readonly train: RowBatches;
  readonly validation: RowBatches | undefined;
  readonly test: RowBatches | undefined;
  /** Lets go of the files. */
  close(): void;
}

/** Rows of a split: all of them, or some aside. */
interface OpenSplit {
  all(): RowBatches;
  /** @throws Error when nothing would be left to train on */
  parts(share: number): { readonly train: RowBatches; readonly validation: RowBatches };
  close(): void;
}

/** Opens the splits: small files are read and tokenised, of large ones the index. */
export async function openSplits(request: SplitsRequest): Promise<RunSplits> {
  const { data } = request.config;
  const opened: OpenSplit[] = [];
  const open = async (split: ResolvedSplit): Promise<OpenSplit> => {
    const rows = await openSplit(request, split);
    opened.push(rows);
    return rows;
  };
  const rows = await open(data.train);
  const isAside = data.validation === null && data.validation_split !== null;
  const aside = isAside ? rows.parts(data.validation_split!) : undefined;
  return {
    train: aside ? aside.train : rows.all(),
    validation: data.validation === null ? aside?.validation : (await open(data.validation)).all(),
    test: data.test === null ? undefined : (await open(data.test)).all(),
    close() {
      for (const split of opened) split.close();
    },
  };
}

async function openSplit(request: SplitsRequest, split: ResolvedSplit): Promise<OpenSplit> {
  const { task, tokenizer, labels, baseFolder, report } = request;
  const { data, training } = request.config;
  const { seed, batch_size: batchSize, length_window: lengthWindow } = training;
  const batching = { batchSize, seed, lengthWindow };
  const index = await splitIndex(split, data, baseFolder, task, () => {});
  if (!index) {
    const { rows, skipped, cut } = await request.load(split);
    reportCut(report, `${split.file}: `, cut, data.max_length, task);
    reportSkipped(report, split.file, { skipped, rows: rows.size });
    return {
      all: () => memoryBatches(rows, [...Array(rows.size).keys()], batching),
      parts(share) {
        const { train, validation } = inFileOrder(splitMembers(rows.texts, share, seed));
        return {
          train: memoryBatches(rows, rows.rowsOfTexts(train), batching),
          validation: memoryBatches(rows, rows.rowsOfTexts(validation), batching),
        };
      },
      close: () => {},
    };
  }
  request.demandSame(split, index.sha256);
  if (index.rows === 0) throw noRows(index.file);
  reportSkipped(report, split.file, index);
  const columns = columnsOf(split);
  const encoding = { labels, maxLength: data.max_length };
  const rows = new IndexedRows(sourceOf(split, baseFolder), index, (row) =>
    task.encode(row, columns, tokenizer, encoding),
  );
  const looked = new CutCount(tokenizer);
  const stride = Math.max(1, Math.floor(rows.size / lookedAt));
  for (let row = 0; row < rows.size; row += stride) lookAt(rows, row, looked);
  reportCut(report, `${split.file}, of every ${stride}th row: `, looked.counts, data.max_length, task);
  const badRows = new BadRows(data.on_bad_row);
  const late = {
    handle(error: unknown) {
      badRows.handle(error);
      if (badRows.count === 1) reportSkipped(report, split.file, { skipped: badRows, rows: rows.size - 1 });
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
    looked.add([rows.example(row)], row + 1);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
}

function reportCut(report: Report, where: string, cut: CutRows, maxLength: number, task: Task): void {
  const text = rowsText(cut, maxLength, readsWords(task));
  if (text !== undefined) report('cut-rows', where + text);
}

function reportSkipped(
  report: Report,
  file: string,
  { skipped, rows }: { readonly skipped: Pick<BadRows, 'count' | 'examples'>; readonly rows: number },
): void {
  if (skipped.count === 0) return;
  const all = rows + skipped.count;
  const examples = skipped.examples.map(({ message }) => message).join('\n');
  const what = `${skipped.count} of ${all} rows are bad and were skipped (${shareText(skipped.count, all)})`;
  report('bad-rows', `${file}: ${what}; the first ones:\n${examples}`);
}
