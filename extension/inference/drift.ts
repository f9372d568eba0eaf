import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors, readFloats, type SafetensorsFile } from '../checkpoint/format/safetensors.ts';
import { modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import type { TensorChange } from '../contract/panel.ts';
import { type RunRecord, runFiles } from '../contract/run.ts';
import { elements } from '../graph/tensor.ts';
import { HubError } from '../hub/hubErrors.ts';
import { withoutDownloads } from '../hub/hubSettings.ts';
import { backboneOf, declareUnion } from '../methods/entries/declare.ts';
import { modulesOf } from '../methods/entries/entries.ts';
import { selectedMethods } from '../methods/entries/selected.ts';
import { foldStored, inOrder, storedMethods } from '../methods/entries/union.ts';
import { splitParameters } from '../models/families.ts';
import { UserError } from '../problems/userError.ts';
import { readSelection } from '../runs/folder/selection.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import { loopState } from '../training/loop/state.ts';
import { addedValues } from '../training/plan/tuning.ts';
import { runBase } from '../training/prepare/runBase.ts';
import { configOf } from '../training/prepare/runConfig.ts';
import { readStart } from '../training/tokenStart.ts';
import { ChangeGrid } from './changeGrid.ts';

type Read = (name: string) => Promise<Float32Array>;

/**
 * How far what the methods tune has moved from its first values, by layer and site: mean |Δ| in each of the run's
 * checkpoints, by step. Of a low-rank update Δ is that of the weight that it moves, of a prefix behind an MLP that of its
 * keys and values. The head is left out: it begins anywhere. Empty for a run that tunes nothing else, or has no
 * checkpoint yet. Nothing is downloaded for it.
 * @throws UserError when the base model is not here or another one · CheckpointError when a file is damaged
 */
export async function drift(runFolder: string): Promise<readonly TensorChange[]> {
  const record = readRunRecord(runFolder);
  const files = [runFiles.best, runFiles.last].map((name) => join(runFolder, name)).filter((file) => existsSync(file));
  const checkpoints = await Promise.all(files.map((file) => openSafetensors(file)));
  if (checkpoints.length === 0) return [];
  const { config, methods: written } = configOf(record);
  const methods = selectedMethods(written, readSelection(runFolder)?.entries ?? []);
  const model = await openModel(await baseHere(runFolder, record, config));
  // Only the backbone is read: how many outputs the head has does not matter.
  const weights = modelWeights(model, { head: findTask(config.task).head, outputs: 2, seed: record.seed });
  const parts = { ...weights, backbone: weights.outline.tensors };
  const { tensors, head } = splitParameters(parts, { trainPooler: config.train_pooler });
  const learningRate = config.training.learning_rate ?? undefined;
  const outline = backboneOf({ ...weights.outline, tensors }, head);
  const { tunable } = declareUnion(outline, methods, { head, learningRate });
  const saved = new Set(checkpoints.flatMap((file) => valueNames(file)));
  const trained = new Map(
    tunable.filter(({ spec }) => saved.has(spec.name)).map((tensor) => [tensor.spec.name, tensor]),
  );
  if (trained.size === 0) return [];

  const computed = await readStart(runFolder);
  const first: Read = async (name) => {
    const { spec, initializer } = trained.get(name)!;
    return initializer ? addedValues({ ...spec, initializer }, record.seed, computed) : await weights.read(name);
  };
  const stored = inOrder(storedMethods(methods));
  const modules = modulesOf(outline, stored);
  const names = modules.flatMap(({ unfrozen, added }) => [...unfrozen, ...added].map(({ name }) => name));
  const folded = new Set(names.filter((name) => !trained.has(name) && !tunable.some(({ spec }) => spec.name === name)));
  const unkept = [...trained.keys()].filter((name) => !names.includes(name));
  /** What is kept of the values that train: those of a reparameterised method are folded. */
  const kept = async (read: Read): Promise<Read> => {
    const values = new Map<string, Float32Array>();
    if (folded.size === 0) return read;
    for (const name of unkept) values.set(name, await read(name));
    foldStored(outline, methods, {
      read: (name) => values.get(name)!,
      write: (name, folded) => void values.set(name, folded),
    });
    return async (name) => values.get(name) ?? (await read(name));
  };
  const start = await kept(first);
  const points = await Promise.all(
    checkpoints.map(async (file) => ({
      grid: new ChangeGrid(model.dimensions.layers),
      step: stepOf(file),
      read: await kept((name) => readFloats(file, prefix + name)),
      holds: (name: string) => folded.has(name) || file.entries.has(prefix + name),
    })),
  );

  const seen = new Set<string>();
  for (const { unfrozen, added, moved } of modules) {
    // One tensor after the other: full fine-tuning moves as many numbers as the model has.
    const alone = added.filter(({ name }) => !moved?.by.includes(name));
    for (const spec of [...unfrozen, ...alone]) {
      if (seen.has(spec.name) || !(trained.has(spec.name) || folded.has(spec.name))) continue;
      seen.add(spec.name);
      const before = await start(spec.name);
      for (const { grid, read, holds } of points) {
        if (holds(spec.name)) grid.add(spec, before, await read(spec.name), trained.get(spec.name)?.only);
      }
    }
    if (!moved) continue;
    for (const { grid, read, holds } of points) {
      if (!moved.by.every((name) => holds(name))) continue;
      const values = new Map<string, Float32Array>();
      for (const name of moved.by) values.set(name, await read(name));
      for (const spec of moved.specs) {
        const change = moved.change(spec, (name) => values.get(name)!);
        grid.add(spec, new Float32Array(elements(spec.shape)), change);
      }
    }
  }
  const byStep = new Map(points.map(({ step, grid }) => [step, grid]));
  return [...byStep].map(([step, grid]) => grid.at(step)).sort((a, b) => a.step - b.step);
}

/** The run's base model, where it is on this machine. */
async function baseHere(runFolder: string, record: RunRecord, config: ResolvedConfig): Promise<string> {
  const environment = withoutDownloads(process.env);
  try {
    return await runBase({ runFolder, record, config }, () => {}, false, environment);
  } catch (error) {
    if (!(error instanceof HubError && error.code === 'offline')) throw error;
    throw new UserError(
      `${config.model}: must be on this machine to tell how far its tensors moved, got none in the cache; evaluate the run, which downloads it`,
    );
  }
}

const prefix = 'values/';

const valueNames = (file: SafetensorsFile): string[] =>
  [...file.entries.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

const stepOf = ({ metadata }: SafetensorsFile): number => loopState.parse(JSON.parse(metadata.state ?? 'null')).step;
