import { modelWeights } from '../checkpoint/modelFolder.ts';
import type { RunSelection } from '../contract/run.ts';
import type { RunSplits } from '../data/batches/runData.ts';
import type { Engine, OpenOptions } from '../engines/engine.ts';
import { defaultAdamW } from '../engines/optimizers/adamW.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { choose, type PendingSelection } from '../methods/declaration/selection.ts';
import { selectedMethods } from '../methods/entries/selected.ts';
import { Random } from '../numbers/random.ts';
import { keepSelection, readSelection } from '../runs/folder/selection.ts';
import { collator } from './collator.ts';
import { firstValues, planTuning, tuningOptions } from './plan/tuning.ts';
import { firstRows } from './someRows.ts';
import type { RowsOfRun } from './trunk/runRows.ts';

/** Training rows whose gradients are looked at, one by one. */
export const fisherRows = 32;

/** A run that is about to be planned. */
export interface SelectionRequest extends RowsOfRun {
  readonly folder: string;
  readonly methods: readonly ConfiguredMethod[];
  readonly splits: Pick<RunSplits, 'train'>;
  readonly engine: Engine;
  readonly options: OpenOptions;
  readonly note: (code: string, message: string) => void;
}

type Entry = RunSelection['entries'][number];

/**
 * The union with the tensors that each entry tunes: those that an earlier attempt has chosen, else chosen now and kept in
 * the run folder. Scores: `fisher` F = 1/N Σₙ mean (∂Lₙ/∂θ)², over N rows at the pretrained values, without dropout and
 * without the union's other methods; `magnitude` mean |θ|; `random` a draw from the run's seed.
 * @see ValizadehAslani and Liang, "LayerNorm: A key component in parameter-efficient fine-tuning", arXiv 2403.20284,
 * where single numbers are chosen; here whole tensors, so that every export holds them
 */
export async function settleSelection(run: SelectionRequest): Promise<readonly ConfiguredMethod[]> {
  const { methods, model, task, labels, config, folder, note } = run;
  const outputs = task.outputs(labels, model.dimensions.vocabulary);
  const weights = modelWeights(model, { head: task.head, outputs, labels, seed: config.training.seed });
  const pending = methods.flatMap((configured, entry) => {
    const found = configured.method.selection?.pending(weights.outline, configured.options);
    return found ? [{ entry, configured, ...found }] : [];
  });
  if (pending.length === 0) return methods;
  const kept = readSelection(folder);
  if (kept) return selectedMethods(methods, kept.entries);

  const read = async ({ name }: { readonly name: string }): Promise<number> =>
    meanOf(await weights.read(name), (value) => Math.abs(value));
  const entries: Entry[] = [];
  for (const { entry, configured, by, candidates, share } of pending) {
    const scores: Record<string, number> = {};
    const found = by === 'fisher' ? await fisher(run, weights, configured) : undefined;
    for (const tensor of candidates) {
      const { name } = tensor;
      scores[name] =
        by === 'random'
          ? new Random(config.training.seed, 'select', name).nextFloat()
          : (found?.get(name) ?? (await read(tensor)));
    }
    const chosen = choose(candidates, share, ({ name }) => scores[name]!).map(({ name }) => name);
    entries.push({ entry, by, chosen, scores });
    note('select', noteOf({ by, candidates }, chosen));
  }
  keepSelection(folder, { version: 1, entries });
  return selectedMethods(methods, entries);
}

const reasons = {
  fisher: `by their mean squared gradient over ${fisherRows} training rows`,
  magnitude: 'by their mean absolute value',
  random: 'at random',
} as const;

const noteOf = ({ by, candidates }: Pick<PendingSelection, 'by' | 'candidates'>, chosen: readonly string[]): string =>
  `${chosen.length} of ${candidates.length} tensors are tuned, chosen ${reasons[by]}: ${chosen.join(', ')}`;

const meanOf = (values: Float32Array, of: (value: number) => number): number => {
  let sum = 0;
  for (const value of values) sum += of(value);
  return sum / values.length;
};

/** 1/N Σₙ mean (∂Lₙ/∂θ)² of every candidate, by name. */
async function fisher(
  run: SelectionRequest,
  weights: ReturnType<typeof modelWeights>,
  { method, options, ...rest }: ConfiguredMethod,
): Promise<ReadonlyMap<string, number>> {
  const { config, task, engine, splits } = run;
  const all = { ...rest, method, options: method.selection!.settled(options, undefined) };
  const tuning = planTuning(weights, { ...tuningOptions(config, [all], task), dropout: 0 });
  const { seed } = config.training;
  const session = await engine.openTraining(
    {
      training: tuning.graphs.training,
      evaluation: tuning.graphs.evaluation,
      trainable: tuning.trainable,
      groups: tuning.groups,
      frozen: await weights.frozen(tuning.frozen),
      optimizer: defaultAdamW,
      seed,
      initial: await firstValues(tuning, weights, seed),
    },
    { ...run.options, expectedSteps: fisherRows },
  );
  const collated = collator(run, tuning.graphs.positionShift);
  const sums = new Map<string, number>();
  let rows = 0;
  try {
    for (const row of firstRows(splits.train, fisherRows)) {
      const { feeds, labelledItems } = collated(row, 0);
      if (labelledItems === 0) continue;
      rows++;
      const request = { step: rows, batches: [feeds], lossScale: 1 / labelledItems };
      const { gradients } = await session.gradients(request);
      for (const { spec } of tuning.union.tunable) {
        const square = meanOf(gradients.get(spec.name)!, (value) => value * value);
        sums.set(spec.name, (sums.get(spec.name) ?? 0) + square);
      }
    }
  } finally {
    await session.close();
  }
  return new Map([...sums].map(([name, sum]) => [name, sum / rows]));
}
