import { type ModelWeights, modelWeights } from '../checkpoint/modelFolder.ts';
import type { RunSelection } from '../contract/run.ts';
import type { RunSplits } from '../data/batches/runData.ts';
import type { Engine, OpenOptions } from '../engines/engine.ts';
import { elements } from '../graph/tensor.ts';
import { type Chosen, chosenText, tunedCount } from '../methods/declaration/chosenNumbers.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { choose, type PendingSelection, type Scores } from '../methods/declaration/selection.ts';
import { countParameters } from '../methods/entries/count.ts';
import { selectedMethods } from '../methods/entries/selected.ts';
import { splitParameters, taskTensors } from '../models/families.ts';
import { mean } from '../numbers/mean.ts';
import { Random } from '../numbers/random.ts';
import { keepSelection, readSelection } from '../runs/folder/selection.ts';
import { collator } from './collator.ts';
import { planTuning, trainingProgram, tuningOptions } from './plan/tuning.ts';
import { firstRows } from './someRows.ts';
import type { RowsOfRun } from './trunk/runRows.ts';

/** Training rows whose gradients are looked at, one by one. */
export const fisherRows = 32;

/** A run that is about to be planned. */
interface SelectionRequest extends RowsOfRun {
  readonly folder: string;
  readonly methods: readonly ConfiguredMethod[];
  /** A model's weights as the run begins with them. */
  readonly asLearned: (weights: ModelWeights) => ModelWeights;
  readonly splits: Pick<RunSplits, 'train'>;
  readonly engine: Engine;
  readonly options: OpenOptions;
  readonly note: (code: string, message: string) => void;
}

type Entry = RunSelection['entries'][number];

/**
 * The union with what each entry tunes, tensors or numbers in them: what an earlier attempt has chosen, else chosen now and
 * kept in the run folder. A number θ scores, and a tensor the mean over its numbers: `fisher` F = 1/N Σₙ (∂Lₙ/∂θ)², over N
 * rows at the pretrained values, without dropout and without the union's other methods; `magnitude` |θ|; `random` a draw
 * from the run's seed.
 * @see ValizadehAslani and Liang, "LayerNorm: A key component in parameter-efficient fine-tuning", arXiv 2403.20284,
 * where single numbers are chosen
 */
export async function settleSelection(run: SelectionRequest): Promise<readonly ConfiguredMethod[]> {
  const { methods, model, task, labels, record, config, folder, note } = run;
  const outputs = task.outputs(labels, model.dimensions.vocabulary);
  const weights = run.asLearned(modelWeights(model, { head: task.head, outputs, labels, seed: config.training.seed }));
  const pending = methods.flatMap((configured, entry) => {
    const found = configured.method.selection?.pending(weights.outline, configured.options);
    return found ? [{ entry, configured, ...found }] : [];
  });
  if (pending.length === 0) return methods;
  const kept = readSelection(folder);
  if (kept) return selectedMethods(methods, kept.entries);

  const entries: Entry[] = [];
  for (const { entry, configured, ...plan } of pending) {
    const { by, candidates } = plan;
    const scores = await scoresOf(run, weights, configured, plan);
    const chosen = choose(candidates, plan, scores);
    entries.push({
      ...{ entry, by },
      chosen: chosen.tensors.map(({ name }) => chosenText(name, chosen.only.get(name))),
      scores: Object.fromEntries([...scores].map(([name, each]) => [name, mean(each)])),
    });
    note('select', noteOf(plan, chosen));
  }
  keepSelection(folder, { version: 1, entries });
  const selected = selectedMethods(methods, entries);
  const parts = taskTensors(model.dimensions, task.head, outputs);
  const { tensors, head } = splitParameters(parts, { trainPooler: config.train_pooler });
  const { method } = countParameters({ dimensions: model.dimensions, tensors }, selected, head);
  const { method: told } = record.counts;
  if (method !== told) {
    const [all, before] = [method, told].map((count) => count.toLocaleString('en-US'));
    const why = 'how many of them other methods tune too depends on the choice';
    note('select-count', `${all} numbers are tuned in all, counted as ${before} before: ${why}`);
  }
  return selected;
}

/** What is said of the scores, and of the choice. */
const reasons = {
  fisher: { tensor: 'mean squared gradient', number: 'squared gradient', over: ` over ${fisherRows} training rows` },
  magnitude: { tensor: 'mean absolute value', number: 'absolute value', over: '' },
} as const;

/** How many numbers of tensors are named with a choice. */
const mostNamed = 5;

function noteOf({ by, unit, candidates }: PendingSelection, { tensors, only }: Chosen): string {
  const how = by === 'random' ? 'at random' : `by their ${reasons[by][unit]}${reasons[by].over}`;
  if (unit === 'tensor') {
    const names = tensors.map(({ name }) => name).join(', ');
    return `${tensors.length} of ${candidates.length} tensors are tuned, chosen ${how}: ${names}`;
  }
  const counts = tensors.map((tensor) => ({ ...tensor, count: tunedCount(tensor, only.get(tensor.name)) }));
  const total = (of: readonly { readonly count: number }[]): string =>
    of.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US');
  const all = candidates.map((tensor) => ({ count: tunedCount(tensor, undefined) }));
  const most = [...counts].sort((a, b) => b.count - a.count).slice(0, mostNamed);
  const named = most.map(({ name, count }) => `${name} (${count.toLocaleString('en-US')})`).join(', ');
  const where = `in ${tensors.length} of ${candidates.length} tensors`;
  return `${total(counts)} of ${total(all)} numbers are tuned, ${where}, chosen ${how}; most in ${named}`;
}

/** Scores of each candidate's numbers; a tensor that is drawn as a whole has one. */
async function scoresOf(
  run: SelectionRequest,
  weights: ReturnType<typeof modelWeights>,
  configured: ConfiguredMethod,
  { by, unit, candidates }: PendingSelection,
): Promise<Scores> {
  if (by === 'fisher') return await fisher(run, weights, configured);
  const scores = new Map<string, ArrayLike<number>>();
  for (const { name, shape } of candidates) {
    if (by === 'magnitude') scores.set(name, (await weights.read(name)).map(Math.abs));
    else {
      const drawn = new Random(run.config.training.seed, 'select', name);
      scores.set(
        name,
        Array.from({ length: unit === 'tensor' ? 1 : elements(shape) }, () => drawn.nextFloat()),
      );
    }
  }
  return scores;
}

/** 1/N Σₙ (∂Lₙ/∂θ)² of every number of every candidate. */
async function fisher(
  run: SelectionRequest,
  weights: ReturnType<typeof modelWeights>,
  { method, options, ...rest }: ConfiguredMethod,
): Promise<Scores> {
  const { config, task, engine, splits } = run;
  const all = { ...rest, method, options: method.selection!.settled(options, undefined) };
  const tuning = planTuning(weights, { ...tuningOptions(config, [all], task), dropout: 0 });
  const { seed } = config.training;
  const session = await engine.openTraining(await trainingProgram(tuning, weights, seed), {
    ...run.options,
    expectedSteps: fisherRows,
  });
  const collated = collator(run, tuning.graphs.positionShift);
  const { tunable } = tuning.union;
  const sums = new Map(tunable.map(({ spec }) => [spec.name, new Float64Array(elements(spec.shape))]));
  let rows = 0;
  try {
    for (const row of firstRows(splits.train, fisherRows)) {
      const { feeds, labelledItems } = collated(row, 0);
      if (labelledItems === 0) continue;
      rows++;
      const request = { step: rows, batches: [feeds], lossScale: 1 / labelledItems };
      const { gradients } = await session.gradients(request);
      for (const [name, sum] of sums) {
        for (const [i, value] of gradients.get(name)!.entries()) sum[i]! += value * value;
      }
    }
  } finally {
    await session.close();
  }
  for (const sum of sums.values()) for (let i = 0; i < sum.length; i++) sum[i]! /= rows;
  return sums;
}
