import type { ResolvedConfig, ResolvedSplit } from '../../config/resolve.ts';
import type { ModelDimensions } from '../../models/dimensions.ts';
import { epochBatches, sortedBatches, splitRows } from '../data/batches.ts';
import { collate } from '../data/collate.ts';
import type { EncodedDataset } from '../data/dataset.ts';
import type { TextTokenizer } from '../data/tokenizer.ts';
import type { TrainingBatches } from '../loop/loop.ts';
import type { WorkContext } from '../operations.ts';
import type { Batch, LabelNames, Task } from '../tasks/task.ts';
import { KeptActivations, type KeptOptions } from './keptActivations.ts';
import { type LoadedSplit, loadSplit } from './splits.ts';

/** What rows become batches with. */
interface Reading {
  readonly dimensions: ModelDimensions;
  readonly tokenizer: TextTokenizer;
  readonly task: Task;
  readonly labels: LabelNames;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
}

/** A run's rows, tokenised. */
export interface RunData {
  readonly batchesPerEpoch: number;
  /** Batches of the rows. @param keep how fixed values are computed and kept; without it, none are */
  batches(keep?: KeptOptions): RunBatches;
}

export interface RunBatches {
  readonly training: TrainingBatches;
  readonly validation: AsyncIterable<Batch> | undefined;
  readonly test: AsyncIterable<Batch> | undefined;
}

/** Rows of one split that are used together. */
interface Part {
  readonly rows: EncodedDataset;
  readonly members: readonly number[];
}

/** Reads and tokenises the splits, and says how batches are made of them. */
export async function openData(context: WorkContext, config: ResolvedConfig, reading: Reading): Promise<RunData> {
  const { data, training } = config;
  const { tokenizer, task } = reading;
  const { seed, batch_size: batchSize, mlm_probability: probability } = training;
  const load = async (split: ResolvedSplit): Promise<EncodedDataset> => {
    const loaded = await loadSplit(split, data, context.record.baseFolder, reading, () => {});
    warnSkipped(context, split.file, loaded);
    return loaded.rows;
  };
  const whole = (rows: EncodedDataset): Part => ({ rows, members: [...Array(rows.size).keys()] });

  const rows = await load(data.train);
  const aside = data.validation_split === null ? undefined : splitRows(rows.size, data.validation_split, seed);
  const train = data.validation === null && aside ? { rows, members: aside.train } : whole(rows);
  const validation =
    data.validation !== null
      ? whole(await load(data.validation))
      : aside && { rows: train.rows, members: aside.validation };
  const test = data.test === null ? undefined : whole(await load(data.test));

  const batchOf = async ({ rows }: Part, members: readonly number[], epoch: number): Promise<Batch> => {
    const examples = members.map((row) => rows.example(row));
    const varied = task.vary ? examples.map((e) => task.vary!(e, tokenizer, { seed, epoch, probability })) : examples;
    return collate(varied, task, reading);
  };
  const inEpoch = ({ rows, members }: Part, epoch: number) =>
    epochBatches(members, (row) => rows.lengthOf(row), { batchSize, seed, epoch });
  const inEvaluation = ({ rows, members }: Part) => sortedBatches(members, (row) => rows.lengthOf(row), batchSize);

  return {
    batchesPerEpoch: Math.ceil(train.members.length / batchSize),
    batches(keep) {
      let remainingBytes = keep?.limitBytes ?? 0;
      const keeping = (part: Part, batches: readonly (readonly number[])[]): KeptActivations | undefined => {
        if (!keep) return undefined;
        const source = {
          batches,
          lengthOf: (row: number) => part.rows.lengthOf(row),
          batchOf: (members: readonly number[]) => batchOf(part, members, -1),
        };
        const kept = new KeptActivations(source, { ...keep, limitBytes: remainingBytes });
        remainingBytes -= kept.bytes;
        return kept;
      };
      const trainKept = keeping(train, keep ? inEpoch(train, 0) : []);
      const evaluation = (part: Part, isRepeated: boolean): AsyncIterable<Batch> => {
        const batches = inEvaluation(part);
        const kept = keeping(part, isRepeated ? batches : []);
        return {
          async *[Symbol.asyncIterator]() {
            for (const members of batches) {
              const batch = await batchOf(part, members, -1);
              yield kept ? await kept.complete(batch, members) : batch;
            }
          },
        };
      };
      let current: { epoch: number; batches: readonly (readonly number[])[] } | undefined;
      const batchesPerEpoch = Math.ceil(train.members.length / batchSize);
      return {
        training: {
          batchesPerEpoch,
          epoch(epoch) {
            if (current?.epoch !== epoch) current = { epoch, batches: inEpoch(train, epoch) };
            const { batches } = current;
            return {
              batch: async (index) => {
                const batch = await batchOf(train, batches[index]!, epoch);
                return trainKept ? await trainKept.complete(batch, batches[index]!) : batch;
              },
            };
          },
        },
        validation: validation && evaluation(validation, true),
        test: test && evaluation(test, false),
      };
    },
  };
}

function warnSkipped(context: WorkContext, file: string, { skipped, rows }: LoadedSplit): void {
  if (skipped.count === 0) return;
  const examples = skipped.examples.map(({ message }) => message).join('\n');
  context.emit({
    type: 'warning',
    time: new Date().toISOString(),
    code: 'bad-rows',
    message: `${file}: ${skipped.count} bad rows were skipped, ${rows.size} are used; the first ones:\n${examples}`,
  });
}
