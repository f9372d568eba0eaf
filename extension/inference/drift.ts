import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import { openSafetensors, readFloats, type SafetensorsFile } from '../checkpoint/safetensors.ts';
import { driftColumns, type LayerNormDrift } from '../contract/panel.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { runFiles } from '../contract/run.ts';
import type { TensorSpec } from '../models/tensors.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import { runBase } from '../training/runBase.ts';
import { configOf } from '../training/runConfig.ts';
import { loopState } from '../training/state.ts';

/**
 * How far the LayerNorms of each block have moved from the pretrained model: mean |Δ| of gains and biases in each of the
 * run's checkpoints, by step. Empty for a run that tunes no LayerNorm, or has no checkpoint yet.
 * @throws CheckpointError when a file is damaged
 */
export async function drift(runFolder: string, report: ReportProgress): Promise<readonly LayerNormDrift[]> {
  const record = readRunRecord(runFolder);
  const files = [runFiles.best, runFiles.last].map((name) => join(runFolder, name)).filter((file) => existsSync(file));
  const checkpoints = await Promise.all(files.map((file) => openSafetensors(file)));
  const tuned = new Set(checkpoints.flatMap((file) => [...valueNames(file)]));
  if (tuned.size === 0) return [];
  const { config } = configOf(record);
  const model = await openModel(await runBase({ runFolder, record, config }, report));
  // Only the backbone is read: how many outputs the head has does not matter.
  const use = { head: findTask(config.task).head, outputs: 2, seed: record.seed };
  const weights = modelWeights(model, use);
  const norms = weights.outline.tensors.filter((tensor) => columnOf(tensor) !== -1 && tuned.has(tensor.name));
  if (norms.length === 0) return [];
  const start = new Map<string, Float32Array>();
  for (const { name } of norms) start.set(name, await weights.read(name));
  const steps = new Map<number, LayerNormDrift>();
  for (const file of checkpoints) {
    const { step } = loopState.parse(JSON.parse(file.metadata.state ?? 'null'));
    steps.set(step, { step, layers: await driftOf(file, norms, start, model.dimensions.layers) });
  }
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

const prefix = 'values/';

const valueNames = (file: SafetensorsFile): string[] =>
  [...file.entries.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

/** Index into `driftColumns`; −1 for what is no gain or bias of a block's norm. */
function columnOf({ site, role, layer }: TensorSpec): number {
  if (layer === null || !site.startsWith('norm.')) return -1;
  return (driftColumns as readonly string[]).indexOf(`${site.slice('norm.'.length)} ${role}`);
}

async function driftOf(
  file: SafetensorsFile,
  norms: readonly TensorSpec[],
  start: ReadonlyMap<string, Float32Array>,
  layers: number,
): Promise<LayerNormDrift['layers']> {
  const rows = Array.from({ length: layers }, (_, layer) => ({
    layer: `layer ${layer}`,
    meanAbsoluteChange: driftColumns.map((): number | null => null),
  }));
  for (const norm of norms) {
    const now = await readFloats(file, prefix + norm.name);
    rows[norm.layer!]!.meanAbsoluteChange[columnOf(norm)] = meanAbsoluteChange(start.get(norm.name)!, now);
  }
  return rows;
}

/** mean |b − a| of f32[D] */
function meanAbsoluteChange(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(b[i]! - a[i]!);
  return sum / a.length;
}
