import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readFloats, type SafetensorsTensor, writeSafetensors } from '../checkpoint/format/safetensors.ts';
import { openSeal } from '../checkpoint/format/seal.ts';
import { openSealed } from '../checkpoint/format/sealedFile.ts';
import { type RunRecord, runFiles } from '../contract/run.ts';
import { collateInputs } from '../data/batches/collate.ts';
import type { RowBatches } from '../data/batches/rowBatches.ts';
import type { Engine, OpenOptions, TensorValues } from '../engines/engine.ts';
import type { FrozenTensor } from '../graph/tensor.ts';
import type { RunPlan } from './plan/plan.ts';
import { keyValueGraph, keyValueName } from './plan/program.ts';
import { allFrozen, type Tuning } from './plan/tuning.ts';
import { firstTokens } from './someRows.ts';

/** The run that begins, and what its tokens are read with. */
interface StartRequest {
  readonly folder: string;
  readonly record: Pick<RunRecord, 'id'>;
  readonly plan: Pick<RunPlan, 'tuning' | 'weights'>;
  readonly splits: { readonly train: RowBatches };
  readonly engine: Engine;
}

const cure = 'put back a copy of it, or delete it where the run has no checkpoint yet';

/**
 * First values that are the keys and values of training tokens: one forward pass of the model as it is over the first
 * tokens of the first rows, in the order of their file. They are kept in the run folder, so that every attempt begins
 * with the same. Empty where no tensor begins so.
 */
export async function tokenStart(
  { folder, record, plan, splits, engine }: StartRequest,
  frozen: ReadonlyMap<string, FrozenTensor>,
  options: OpenOptions,
): Promise<TensorValues> {
  const tensors = fromTokens(plan.tuning);
  if (tensors.length === 0) return new Map();
  const kept = await readStart(folder, record.id);
  if (kept.size > 0) return kept;
  const { outline } = plan.weights;
  const graph = keyValueGraph(outline);
  const weights = await allFrozen(graph, plan.weights, frozen);
  const inputIds = firstTokens(splits.train, Math.max(...tensors.map(({ shape }) => shape[0]!)));
  const rows = [{ inputIds, tokenTypeIds: new Uint8Array(inputIds.length) }];
  const session = await engine.open({ keyValue: graph }, weights, { ...options, expectedSteps: 1 });
  const values = new Map<string, Float32Array>();
  try {
    const feeds = collateInputs(rows, { dimensions: outline.dimensions, positionShift: 0 });
    const { outputs } = await session.run('keyValue', feeds);
    for (const { name, shape, initializer } of tensors) {
      const [length, width] = shape as readonly [number, number];
      const data = outputs[keyValueName(initializer.part, initializer.layer)]!.data as Float32Array;
      values.set(name, data.slice(0, length * width));
    }
  } finally {
    await session.close();
  }
  const entries = tensors.map(({ name, shape }): [string, SafetensorsTensor] => [
    name,
    { dtype: 'F32', shape, data: values.get(name)! },
  ]);
  const metadata = { format: 'peft-lab-start/1', run: record.id, sha256: openSeal };
  await writeSafetensors(join(folder, runFiles.start), new Map(entries), metadata);
  return values;
}

/** First values that a run has computed of training rows; empty where it has none. @throws CheckpointError */
export async function readStart(folder: string, run?: string): Promise<TensorValues> {
  const path = join(folder, runFiles.start);
  if (!existsSync(path)) return new Map();
  const file = await openSealed(path, run, cure);
  const values = new Map<string, Float32Array>();
  for (const name of file.entries.keys()) values.set(name, await readFloats(file, name));
  return values;
}

const fromTokens = ({ union }: Tuning) =>
  union.added.flatMap(({ initializer, ...spec }) => (initializer.kind === 'tokens' ? [{ ...spec, initializer }] : []));
