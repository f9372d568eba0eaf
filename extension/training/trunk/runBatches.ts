import { dividedBatch } from '../../data/batches/divideBatch.ts';
import type { HeldRows, RowBatch, RowBatches } from '../../data/batches/rowBatches.ts';
import type { RunSplits } from '../../data/batches/runData.ts';
import type { Graph } from '../../graph/value.ts';
import type { Batch } from '../../tasks/task.ts';
import type { TrainingBatches } from '../loop/stepBatches.ts';
import { ActivationCache, type ComputePrefix } from './activationCache.ts';

/** The batches that a run trains on and is evaluated on. */
interface RunBatches {
  readonly training: TrainingBatches;
  readonly validation: AsyncIterable<Batch> | undefined;
  readonly test: AsyncIterable<Batch> | undefined;
}

/** How the outputs of the frozen prefix come into the batches. */
export interface PrefixValues {
  readonly prefix: Graph;
  /** For all splits together. */
  readonly limitBytes: number;
  readonly compute: ComputePrefix;
  /** Finds a cache that another run has filled, or makes it. */
  readonly share: (split: 'train' | 'validation', limitBytes: number, make: () => ActivationCache) => ActivationCache;
}

interface BatchOptions {
  /** Absent where the engine computes the whole graph. */
  readonly values?: PrefixValues | undefined;
  /** How many tokens are computed together, padding counted. Default: those of a batch. */
  readonly mostTokens?: number;
}

/**
 * Makes batches of a run's rows.
 * @param collate pads rows and varies them as an epoch asks; −1 stands for an evaluation
 */
export function runBatches(
  { train, validation, test }: RunSplits,
  batchesPerEpoch: number,
  collate: (batch: RowBatch, epoch: number) => Batch,
  { values, mostTokens = Number.POSITIVE_INFINITY }: BatchOptions = {},
): RunBatches {
  let remainingBytes = values?.limitBytes ?? 0;
  const plain = (batch: RowBatch) => collate(batch, -1);
  /** Splits share the memory in the order in which they ask; the test split is read once, and nothing of it is kept. */
  const cacheOf = (split: 'train' | 'validation' | 'test', part: RowBatches): ActivationCache | undefined => {
    if (!values) return undefined;
    const limitBytes = remainingBytes;
    const make = () => new ActivationCache(cachedRows(split, part, plain), values.prefix, limitBytes);
    const cache = split === 'test' || !part.held ? make() : values.share(split, limitBytes, make);
    remainingBytes -= cache.bytes;
    return cache;
  };
  const complete = async (cache: ActivationCache | undefined, batch: Batch, rows: readonly number[]): Promise<Batch> =>
    cache ? await cache.complete(batch, rows, values!.compute) : batch;
  const evaluation = (split: 'validation' | 'test', part: RowBatches): AsyncIterable<Batch> => {
    const cache = cacheOf(split, part);
    return {
      async *[Symbol.asyncIterator]() {
        for (const whole of part.inEvaluation()) {
          for (const batch of dividedBatch(whole, mostTokens)) yield await complete(cache, plain(batch), batch.rows);
        }
      },
    };
  };
  const trainCache = cacheOf('train', train);
  const partsOf = async (epoch: number, index: number): Promise<readonly Batch[]> => {
    const parts: Batch[] = [];
    for (const batch of dividedBatch(train.inEpoch(epoch, index), mostTokens)) {
      parts.push(await complete(trainCache, collate(batch, epoch), batch.rows));
    }
    return parts;
  };
  return {
    training: { batchesPerEpoch, epoch: (epoch) => ({ parts: (index) => partsOf(epoch, index) }) },
    validation: validation && evaluation('validation', validation),
    test: test && evaluation('test', test),
  };
}

/** Tokens of rows whose values are computed together, of one row at least: a step may wait for so many for each of its rows. */
const tokensTogether = 256;

/** Rows to train on in batches that depend on no seed, so that runs of all seeds share their values. */
function inSmallBatches({ evaluationRows, lengthOf }: HeldRows): readonly (readonly number[])[] {
  const batches: number[][] = [];
  let room = 0;
  for (const row of evaluationRows().flat()) {
    if (lengthOf(row) > room || batches.length === 0) {
      batches.push([]);
      room = tokensTogether;
    }
    batches.at(-1)!.push(row);
    room -= lengthOf(row);
  }
  return batches;
}

function cachedRows(split: 'train' | 'validation' | 'test', { held }: RowBatches, collate: (batch: RowBatch) => Batch) {
  const batches = { train: () => inSmallBatches(held!), validation: () => held!.evaluationRows(), test: () => [] };
  return {
    batches: held ? batches[split]() : [],
    lengthOf: (row: number) => held!.lengthOf(row),
    batchOf: async (rows: readonly number[]) => collate(held!.batch(rows)),
  };
}
