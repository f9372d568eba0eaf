import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelWeights } from '../checkpoint/modelFolder.ts';
import { runFiles } from '../contract/run.ts';
import type { RunSplits } from '../data/batches/runData.ts';
import type { TensorValues } from '../engines/engine.ts';
import { taskTensors } from '../models/families.ts';
import type { TensorSpec } from '../models/model/tensors.ts';
import { type NumberUnit, unitOf, writtenUnit } from '../numbers/numberUnit.ts';
import { keepUnit, readUnit } from '../runs/folder/unit.ts';
import { targetsOf } from './someRows.ts';
import type { RowsOfRun } from './trunk/runRows.ts';

/**
 * The unit in which a run learns numbers: mean and deviation of its training rows, since a head that begins at 0 would spend
 * the run on getting to their mean. Kept in the run folder; a run that began without one goes on in the file's own.
 */
export function settleUnit(
  run: Pick<RowsOfRun, 'task' | 'model'> & { readonly folder: string; readonly splits: Pick<RunSplits, 'train'> },
  batchSize: number,
): NumberUnit {
  const { task, model, folder } = run;
  if (!task.learnedIn) return writtenUnit;
  const kept = readUnit(folder);
  if (kept) return kept;
  if (existsSync(join(folder, runFiles.last))) return writtenUnit;
  const numbers = Array.from(targetsOf(run.splits.train, batchSize), ([number]) => number!);
  const head = outputTensors({ ...taskTensors(model.dimensions, task.head, 1), outputs: 1 });
  const unit = unitOf(
    numbers,
    head.some(({ role }) => role === 'bias'),
  );
  keepUnit(folder, unit);
  return unit;
}

/** Tensors of the head's last layer: a row or a number for each output. */
const outputTensors = ({ head, outputs }: Pick<ModelWeights, 'head' | 'outputs'>): readonly TensorSpec[] =>
  head.filter(({ shape }) => shape[0] === outputs);

/** A model's weights as a run learns them: a head of the checkpoint gives its numbers in the unit of the run. */
export function weightsIn(unit: NumberUnit, weights: ModelWeights): ModelWeights {
  if (unit === writtenUnit) return weights;
  const fresh = new Set(weights.fresh.map(({ spec }) => spec.name));
  const taken = new Map(outputTensors(weights).map((spec) => [spec.name, spec]));
  return {
    ...weights,
    async read(name) {
      const values = await weights.read(name);
      const spec = fresh.has(name) ? undefined : taken.get(name);
      const shift = spec?.role === 'bias' ? unit.mean : 0;
      return spec ? values.map((value) => (value - shift) / unit.deviation) : values;
    },
  };
}

/** Tuned tensors as they are kept: W·deviation and b·deviation + mean in the head, so that it gives the file's numbers. */
export function inFileUnit(
  { mean, deviation }: NumberUnit,
  weights: Pick<ModelWeights, 'head' | 'outputs'>,
  values: TensorValues,
): TensorValues {
  const kept = new Map(values);
  for (const { name, role } of outputTensors(weights)) {
    const shift = role === 'bias' ? mean : 0;
    const learned = values.get(name);
    if (learned)
      kept.set(
        name,
        learned.map((value) => value * deviation + shift),
      );
  }
  return kept;
}
