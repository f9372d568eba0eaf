import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors, readFloats, type SafetensorsFile } from '../checkpoint/format/safetensors.ts';
import { modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import type { TensorChange } from '../contract/panel.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { runFiles } from '../contract/run.ts';
import { declareUnion } from '../methods/entries/declare.ts';
import { splitParameters } from '../models/families.ts';
import { layerName, type TensorSpec } from '../models/model/tensors.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import { loopState } from '../training/loop/state.ts';
import { addedValues } from '../training/plan/tuning.ts';
import { runBase } from '../training/prepare/runBase.ts';
import { configOf } from '../training/prepare/runConfig.ts';
import { readStart } from '../training/tokenStart.ts';

/**
 * How far what the methods tune has moved from its first values, by layer and site: mean |Δ| in each of the run's
 * checkpoints, by step. The head is left out: it begins anywhere. Empty for a run that tunes nothing else, or has no
 * checkpoint yet.
 * @throws CheckpointError when a file is damaged
 */
export async function drift(runFolder: string, report: ReportProgress): Promise<readonly TensorChange[]> {
  const record = readRunRecord(runFolder);
  const files = [runFiles.best, runFiles.last].map((name) => join(runFolder, name)).filter((file) => existsSync(file));
  const checkpoints = await Promise.all(files.map((file) => openSafetensors(file)));
  if (checkpoints.length === 0) return [];
  const { config, methods } = configOf(record);
  const model = await openModel(await runBase({ runFolder, record, config }, report));
  // Only the backbone is read: how many outputs the head has does not matter.
  const weights = modelWeights(model, { head: findTask(config.task).head, outputs: 2, seed: record.seed });
  const parts = { ...weights, backbone: weights.outline.tensors };
  const { tensors, head } = splitParameters(parts, { trainPooler: config.train_pooler });
  const learningRate = config.training.learning_rate ?? undefined;
  const union = declareUnion({ ...weights.outline, tensors }, methods, { head, learningRate });
  const saved = new Set(checkpoints.flatMap((file) => valueNames(file)));
  const tuned = union.tunable.filter(({ spec }) => saved.has(spec.name));
  if (tuned.length === 0) return [];

  const computed = await readStart(runFolder);
  const specs = tuned.map(({ spec }) => spec);
  const grids = checkpoints.map((file) => ({ file, grid: new Grid(specs, model.dimensions.layers) }));
  // One tensor after the other: full fine-tuning moves as many numbers as the model has.
  for (const { spec, initializer } of tuned) {
    const start = initializer
      ? addedValues({ ...spec, initializer }, record.seed, computed)
      : await weights.read(spec.name);
    for (const { file, grid } of grids) {
      if (file.entries.has(prefix + spec.name)) grid.add(spec, start, await readFloats(file, prefix + spec.name));
    }
  }
  const byStep = new Map(grids.map(({ file, grid }) => [stepOf(file), grid]));
  return [...byStep].map(([step, grid]) => grid.at(step)).sort((a, b) => a.step - b.step);
}

const prefix = 'values/';

const valueNames = (file: SafetensorsFile): string[] =>
  [...file.entries.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

const stepOf = ({ metadata }: SafetensorsFile): number => loopState.parse(JSON.parse(metadata.state ?? 'null')).step;

/** The norms of a block come first, whichever of them are tuned. */
const normColumns = ['attention gain', 'attention bias', 'ffn gain', 'ffn bias'];

/** `attention gain` of a norm, `attention.query weight`. */
const columnOf = ({ site, role }: TensorSpec): string => `${site.replace(/^norm\./, '')} ${role}`;

/** Mean changes by layer and site; tensors of one place add up to one mean. */
class Grid {
  readonly #columns: readonly string[];
  readonly #rows: readonly string[];
  readonly #cells = new Map<string, { sum: number; count: number }>();

  constructor(specs: readonly TensorSpec[], layers: number) {
    const columns = specs.map(columnOf);
    const hasNorms = columns.some((column) => normColumns.includes(column));
    this.#columns = [...new Set([...(hasNorms ? normColumns : []), ...columns])];
    const named = new Set(specs.map(layerName));
    const blocks = Array.from({ length: layers }, (_, layer) => `layer ${layer}`);
    this.#rows = [
      ...['embedding'].filter((row) => named.has(row)),
      ...blocks,
      ...['final'].filter((row) => named.has(row)),
    ];
  }

  /** @param start f32[…] as the run began, @param now the same tensor */
  add(spec: TensorSpec, start: Float32Array, now: Float32Array): void {
    const key = `${layerName(spec)}\n${columnOf(spec)}`;
    const cell = this.#cells.get(key) ?? { sum: 0, count: 0 };
    for (let i = 0; i < start.length; i++) cell.sum += Math.abs(now[i]! - start[i]!);
    cell.count += start.length;
    this.#cells.set(key, cell);
  }

  at(step: number): TensorChange {
    const mean = (row: string, column: string): number | null => {
      const cell = this.#cells.get(`${row}\n${column}`);
      return cell === undefined ? null : cell.sum / cell.count;
    };
    const layers = this.#rows.map((layer) => ({
      layer,
      meanAbsoluteChange: this.#columns.map((column) => mean(layer, column)),
    }));
    return { step, columns: [...this.#columns], layers };
  }
}
