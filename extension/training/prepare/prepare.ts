import { resolve } from 'node:path';
import { identifyBase } from '../../checkpoint/baseIdentity.ts';
import { openModel } from '../../checkpoint/modelFolder.ts';
import { torchOptions } from '../../config/checks/crossChecks.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { Override, Problem } from '../../contract/problem.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import type { NewRun } from '../../contract/run.ts';
import { codeVersion } from '../../contract/version.ts';
import { fetchDataFiles } from '../../data/rows/dataFile.ts';
import { withFileFacts } from '../../data/rows/fileFacts.ts';
import { splitHash } from '../../data/rows/splitIndex.ts';
import { findLabels } from '../../data/rows/splits.ts';
import { Surveys } from '../../data/rows/surveys.ts';
import { chooseExecutor } from '../../engines/startEngine.ts';
import { type ResolveOptions, resolveModel } from '../../hub/resolveModel.ts';
import { countParameters } from '../../methods/entries/count.ts';
import { splitParameters, taskTensors } from '../../models/families.ts';
import { showValue } from '../../problems/showValue.ts';
import { findTask } from '../../tasks/registry.ts';
import { type ConfigOnDisk, readConfig } from './checkedConfig.ts';
import { gitCommit, hashText } from './provenance.ts';

/** A config ready to run, or why it is not; `problems` holds warnings and notes in both cases. */
type PreparedRun =
  | { readonly ok: true; readonly run: NewRun; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The folder of a config's model, downloaded first where it is a hub id that the cache does not hold. */
export const modelFolderOf = (
  { model, revision, from }: Pick<ResolvedConfig, 'model' | 'revision'> & Pick<ResolveOptions, 'from'>,
  baseFolder: string,
  report: ReportProgress,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> =>
  resolveModel(model, {
    revision: revision ?? undefined,
    from,
    baseFolder,
    environment,
    onProgress: ({ file, bytes, totalBytes }) => report(`downloading ${file}`, bytes, totalBytes, 'B'),
  });

/** A config that was checked with its model and data, downloaded first where needed; the folder where nothing is wrong. */
export async function readWithModel(
  path: string,
  overrides: readonly Override[],
  report: ReportProgress,
  environment: NodeJS.ProcessEnv = process.env,
  surveys = new Surveys(),
): Promise<ConfigOnDisk & { readonly folder?: string }> {
  const read = await readConfig(path, overrides, 'training', surveys);
  if (!read.draft) return read;
  let downloaded = false;
  const progress: ReportProgress = (...news) => {
    downloaded = true;
    report(...news);
  };
  const folder = await modelFolderOf(read.draft, read.baseFolder, progress, environment);
  await fetchDataFiles(read.draft.data, progress, environment);
  // Once the model and the data are here, what depends on them can be checked too.
  return { ...(downloaded || !read.config ? await readConfig(path, overrides, 'training', surveys) : read), folder };
}

/**
 * Checks a config and freezes everything a run needs to know, downloading its model first where needed.
 * @param surveys what has been read of data files: runs of one command read the same ones
 */
export async function prepare(
  path: string,
  overrides: readonly Override[],
  report: ReportProgress,
  surveys = new Surveys(),
): Promise<PreparedRun> {
  const read = await readWithModel(path, overrides, report, process.env, surveys);
  const { config, folder } = read;
  if (!config || folder === undefined) return { ok: false, problems: read.problems };
  const { engine, notes } = await settleExecutor(config, read);
  // A branch of the hub moves on; the run keeps the commit.
  const data = await fetchDataFiles(config.data, report);
  const named = await withFileFacts({ ...config, ...engine, data }, read.baseFolder);
  const run = await freeze(read, named, { folder, report, surveys });
  return { ok: true, problems: [...read.problems, ...notes], run };
}

/** `executor: auto` is settled once, so that the run goes on with the same one. */
async function settleExecutor(
  config: ResolvedConfig,
  { path, baseFolder }: ConfigOnDisk,
): Promise<{ readonly engine: Partial<ResolvedConfig>; readonly notes: readonly Problem[] }> {
  if (config.executor !== 'auto') return { engine: {}, notes: [] };
  const { executor, reason } = await chooseExecutor(config, baseFolder);
  const options = executor === 'onnx' ? torchOptions : ({ backbone: 'auto' } as const);
  const dropped = Object.entries(options).flatMap(([key, usual]) => {
    const value = config[key as 'backbone' | keyof typeof torchOptions];
    return value === usual || value === 'fp32'
      ? []
      : [`${key}: ${typeof value === 'string' ? value : showValue(value)}`];
  });
  const effect = dropped.length > 0 ? `; without effect: ${dropped.join(', ')}` : '';
  const message = `executor: auto takes ${executor}: ${reason}${effect}`;
  const device = config.device.startsWith('cuda') ? 'auto' : config.device;
  // What only one of them has falls back to what both do.
  const engine =
    executor === 'onnx' ? { executor, device, ...torchOptions } : ({ executor, backbone: 'fp32' } as const);
  return { engine, notes: [{ file: path, line: 1, column: 1, severity: 'information', message }] };
}

async function freeze(
  read: ConfigOnDisk,
  config: ResolvedConfig,
  { folder: modelFolder, report, surveys }: { folder: string; report: ReportProgress; surveys: Surveys },
) {
  const { baseFolder } = read;
  const { dimensions } = await openModel(modelFolder);
  // Reads the weights while other files are read.
  const base = identifyBase(config.model, baseFolder, modelFolder);
  // Told where it is awaited, also when other files cannot be read either.
  base.catch(() => undefined);
  const task = findTask(config.task);
  const labels = await findLabels(config, baseFolder, report, surveys);
  const outputs = task.outputs(labels, dimensions.vocabulary);
  const { tensors, head } = splitParameters(taskTensors(dimensions, task.head, outputs), {
    trainPooler: config.train_pooler,
  });
  const counts = countParameters({ dimensions, tensors }, read.methods, head);
  const commit = gitCommit(baseFolder);
  const dataHashes: Record<string, string> = {};
  for (const split of ['train', 'validation', 'test'] as const) {
    const data = config.data[split];
    if (!data) continue;
    const hash = surveys.hashOf(data, baseFolder, { task: config.task, onBadRow: config.data.on_bad_row });
    dataHashes[split] = await splitHash(data, config.data, baseFolder, task, report, hash);
  }
  return {
    config,
    configText: read.text,
    configPath: resolve(read.path),
    configHash: hashText(read.text),
    baseFolder,
    dataHashes,
    base: await base,
    labels: [...labels],
    outputs,
    codeVersion,
    gitCommit: await commit,
    executor: config.executor,
    device: config.device,
    seed: config.training.seed,
    task: config.task,
    model: config.model,
    methods: read.methodsLabel,
    counts,
  };
}
