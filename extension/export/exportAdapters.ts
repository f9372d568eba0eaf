import { basename, join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { writeAtomically } from '../checkpoint/format/atomicFile.ts';
import {
  openSafetensors,
  readFloats,
  type SafetensorsTensor,
  writeSafetensors,
} from '../checkpoint/format/safetensors.ts';
import { allTensors, baseWeights, partsOf, type TunedModel } from '../checkpoint/tunedModel.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../engines/onnx/generated/onnx_pb.ts';
import { makeFolder } from '../files/makeFolder.ts';
import type { Feeds } from '../graph/tensor.ts';
import { openTuned } from '../inference/tunedRun.ts';
import type { BaseOptions } from '../training/prepare/runBase.ts';
import { formatSignificant } from '../view/figures.ts';
import { compareLogits, differenceText, tolerance } from './compareLogits.ts';
import { ExportError } from './exportError.ts';
import { type ExportReport, exportFolder } from './exportFolder.ts';
import { mergedConfig, writeTokenizer } from './merged.ts';
import { onnxModel } from './onnxModel.ts';
import { onnxFiles, writeBeside } from './onnxWeights.ts';
import { openOnnx } from './openOnnx.ts';
import { sampleFeeds } from './sampleFeeds.ts';
import { writeConfig, writeGenerationConfig } from './writeConfig.ts';

/** The same model without defaults: onnxruntime for JavaScript passes no input that has one. */
const requiredFile = 'model.required.onnx';

/** A run's tuned model, and the name of its file. */
interface NamedModel {
  readonly name: string;
  readonly tuned: TunedModel;
}

/** Writes runs on one base as one ONNX model, of which what was tuned are inputs, and a small file for each run. */
export async function exportAdapterRuns(
  runFolders: readonly string[],
  out: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<ExportReport> {
  const models: NamedModel[] = [];
  for (const folder of runFolders) {
    models.push({ name: basename(folder), tuned: (await openTuned(folder, report, options)).tuned });
  }
  return await exportAdapters(models, out);
}

/**
 * Writes `model.onnx`, whose tuned tensors are inputs with the base's values as defaults, where it has any; the same without defaults
 * beside it, over the same weights; and of each model what was tuned as safetensors. Each is reopened and compared.
 * @param out a folder that is empty or does not exist
 * @throws ExportError when the models differ in more than their values
 */
export async function exportAdapters(models: readonly NamedModel[], out: string): Promise<ExportReport> {
  const [first, ...others] = models;
  if (!first) throw new RangeError('a model must be given');
  for (const other of others) demandAlike(first, other);
  demandOwnNames(models);
  const { tuned } = first;
  const specs = allTensors(partsOf(tuned)).filter(({ name }) => tuned.tensors.has(name));
  const base = baseWeights(tuned);
  const lacking = new Set([
    ...base.fresh.map(({ spec }) => spec.name),
    ...partsOf(tuned).added.map(({ name }) => name),
  ]);

  return await exportFolder(out, async (folder) => {
    makeFolder(folder);
    await writeTokenizer(folder, tuned);
    // Labels are those of each model, in its own file.
    const { id2label: _, label2id: __, ...config } = mergedConfig(tuned);
    await writeConfig(folder, tuned.model.folder, config);
    await writeGenerationConfig(folder, tuned);
    const { model, graph } = onnxModel(tuned, new Set(specs.map(({ name }) => name)));
    const frozen = [...graph.initializer];
    const outer = { dataType: TensorProto_DataType.FLOAT, dataLocation: TensorProto_DataLocation.EXTERNAL };
    const defaults = specs
      .filter(({ name }) => !lacking.has(name))
      .map(({ name, shape }) => create(TensorProtoSchema, { ...outer, name, dims: shape.map(BigInt) }));
    graph.initializer.push(...defaults);
    const outside = graph.initializer.filter(({ dataLocation }) => dataLocation === outer.dataLocation);
    await writeBeside(join(folder, onnxFiles.data), outside, (name) => base.read(name));
    const write = (name: string) =>
      writeAtomically(join(folder, name), (file) => file.writeFile(toBinary(ModelProtoSchema, model)));
    await write(onnxFiles.model);
    graph.initializer = frozen;
    await write(requiredFile);

    const differences: number[] = [];
    for (const { name, tuned: own } of models) {
      const file = join(folder, `${name}.safetensors`);
      const tensors = specs.map(({ name: key, shape }): [string, SafetensorsTensor] => [
        key,
        { dtype: 'F32', shape, data: own.tensors.get(key)! },
      ]);
      const labels = JSON.stringify(own.labels);
      await writeSafetensors(file, new Map(tensors), { format: 'pt', labels, task: own.task });
      differences.push(await difference(folder, file, own, out));
    }
    const found = differenceText(Math.max(...differences));
    return `verified: reopened and compared for ${models.length} models, ${found}`;
  });
}

async function difference(folder: string, file: string, tuned: TunedModel, out: string): Promise<number> {
  const stored = await openSafetensors(file);
  const fed: Record<string, Feeds[string]> = {};
  for (const [name, { shape }] of stored.entries) {
    fed[name] = { dtype: 'f32', shape, data: await readFloats(stored, name) };
  }
  const reopened = await openOnnx(join(folder, requiredFile), tuned, fed);
  const found = await compareLogits(tuned, reopened, sampleFeeds(tuned), undefined).finally(() => reopened.close());
  if (found.relative <= tolerance) return found.absolute;
  throw new ExportError(
    out,
    `${basename(file)}: the reopened model must give the same logits, got a difference of ${formatSignificant(found.absolute, 2)}; nothing was written: report this with the run's config`,
  );
}

/** @throws ExportError for models whose files would be one, on systems too that do not tell capitals apart */
function demandOwnNames(models: readonly NamedModel[]): void {
  const seen = new Set<string>();
  for (const { name } of models) {
    const problem =
      'must be the name of one run, as its file is called by it, got two; name each run once, or rename a folder';
    if (seen.has(name.toLowerCase())) throw new ExportError(name, problem);
    seen.add(name.toLowerCase());
  }
}

/** @throws ExportError for models of which one graph cannot be made */
function demandAlike(first: NamedModel, other: NamedModel): void {
  const facts = ({ tuned }: NamedModel): Readonly<Record<string, string>> => ({
    'base model': tuned.model.folder,
    head: `${tuned.head} with ${tuned.outputs} outputs`,
    methods: JSON.stringify(tuned.methods.map(({ method, options }) => ({ [method.name]: options }))),
    'tuned tensors': [...tuned.tensors.keys()].sort().join(', '),
  });
  const [expected, got] = [facts(first), facts(other)];
  const differing = Object.keys(expected).find((fact) => expected[fact] !== got[fact]);
  if (differing === undefined) return;
  throw new ExportError(
    other.name,
    `must have the ${differing} of ${first.name}, ${expected[differing]}, got ${got[differing]}; export it on its own`,
  );
}
