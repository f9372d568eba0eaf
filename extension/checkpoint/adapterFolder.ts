import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { adapterFiles } from '../contract/run.ts';
import { sizeLimits } from '../files/guardedFile.ts';
import { hashOnce } from '../files/oneReading.ts';
import { makeOwnFolder } from '../files/ownFile.ts';
import { elements } from '../graph/tensor.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { findMethod } from '../methods/registry.ts';
import { headKinds } from '../models/model/model.ts';
import { issueText } from '../problems/issueText.ts';
import { taskNames } from '../tasks/registry.ts';
import { writeAtomically } from './format/atomicFile.ts';
import { CheckpointError } from './format/checkpointError.ts';
import { readFloats, type SafetensorsTensor, writeSafetensors } from './format/safetensors.ts';
import { openSeal } from './format/seal.ts';
import { demandHash, openSealed } from './format/sealedFile.ts';
import { readJson } from './modelConfig.ts';
import type { ModelFolder } from './modelFolder.ts';
import { allTensors, checkTuned, partsOf, type TunedModel, tensorProblems, tunedParts } from './tunedModel.ts';

/** Counts up when a reader of the older format would misread the new one. */
const version = 1;

const manifestSchema = z.strictObject({
  format: z.literal('peft-lab-adapter'),
  version: z.literal(version),
  model: z.strictObject({
    name: z.string(),
    dimensions: z.record(z.string(), z.json()),
    /** Of the bytes of `config.json`. */
    configSha256: z.string(),
    /** Of names, dtypes and shapes of all tensors in the weight files. */
    weightsSha256: z.string(),
  }),
  task: z.enum(taskNames),
  head: z.enum(headKinds),
  /** Class names in index order. */
  labels: z.array(z.string()),
  /** Number of logits. */
  outputs: z.int().positive(),
  methods: z.array(z.strictObject({ method: z.string(), options: z.record(z.string(), z.unknown()) })),
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int().nonnegative()),
      part: z.enum(['method', 'head']),
    }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * Writes what was tuned as `adapter.safetensors` and `manifest.json` into a folder, with hashes of both. Equal models of
 * one run give equal bytes: nothing tells time or machine.
 * @throws CheckpointError when tensors are missing, surplus or of the wrong size · CheckpointError when it cannot be written
 */
export async function writeAdapter(folder: string, tuned: TunedModel): Promise<void> {
  checkTuned(tuned);
  const parts = partsOf(tuned);
  const heads = new Set([...parts.pooler, ...parts.head].map(({ name }) => name));
  const specs = allTensors(parts).filter(({ name }) => tuned.tensors.has(name));
  const manifest: Manifest = {
    format: 'peft-lab-adapter',
    version,
    model: {
      name: tuned.modelName,
      dimensions: { ...tuned.model.dimensions },
      configSha256: await hashOnce(join(tuned.model.folder, 'config.json'), sizeLimits.modelJson),
      weightsSha256: layoutHash(tuned.model),
    },
    task: tuned.task,
    head: tuned.head,
    labels: [...tuned.labels],
    outputs: tuned.outputs,
    methods: tuned.methods.map(({ method, options }) => ({ method: method.name, options: { ...(options as object) } })),
    tensors: specs.map(({ name, shape }) => ({ name, shape: [...shape], part: heads.has(name) ? 'head' : 'method' })),
  };
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, shape } of specs) tensors.set(name, { dtype: 'F32', shape, data: tuned.tensors.get(name)! });
  makeOwnFolder(folder);
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const { origin } = tuned;
  await writeSafetensors(join(folder, adapterFiles.tensors), tensors, {
    format: `${manifest.format}/${version}`,
    ...(origin && { run: origin.run, step: String(origin.step) }),
    manifest_sha256: sha256(text),
    sha256: openSeal,
  });
  await writeAtomically(join(folder, adapterFiles.manifest), (file) => file.writeFile(text));
}

interface AdapterUse {
  /** Id of the run that must have written it. */
  readonly run?: string;
  /** The cure for a damaged file. */
  readonly cure?: string;
}

/**
 * Reads an adapter folder back and sets it on the model it was trained on.
 * @throws CheckpointError for a format of another version, another model, or tensors that are missing, surplus or misshaped
 *
 */
export async function loadAdapter(
  folder: string,
  model: ModelFolder,
  { run, cure = 'export the run again' }: AdapterUse = {},
): Promise<TunedModel> {
  const path = join(folder, adapterFiles.manifest);
  const manifest = await readManifest(folder);
  compareModel(path, manifest, model);
  const methods = manifest.methods.map(({ method, options }) => configured(path, method, options));
  const { head, outputs, task, labels } = manifest;
  const parts = tunedParts(model.dimensions, head, outputs, methods);

  const file = await openSealed(join(folder, adapterFiles.tensors), run, cure);
  const shapes = new Map([...file.entries.values()].map(({ name, shape }) => [name, shape]));
  const problems = tensorProblems(parts, shapes);
  if (problems.length > 0) throw new CheckpointError(file.path, problems);
  const unlike = manifest.tensors.filter(({ name, shape }) => shapes.get(name)?.join() !== shape.join());
  if (unlike.length > 0 || manifest.tensors.length !== shapes.size) {
    const names = unlike.map(({ name }) => name).join(', ') || 'fewer tensors';
    throw new CheckpointError(
      path,
      `must list the tensors of ${adapterFiles.tensors}, got ${names}; export the run again`,
    );
  }
  const tensors = new Map<string, Float32Array>();
  for (const name of shapes.keys()) tensors.set(name, await readFloats(file, name));
  const { run: writer, step, manifest_sha256: manifestHash } = file.metadata;
  demandHash(path, manifestHash ?? 'none', await hashOnce(path, sizeLimits.modelJson), cure);
  const origin = writer === undefined ? {} : { origin: { run: writer, step: Number(step) } };
  return { model, modelName: manifest.model.name, task, head, labels, outputs, methods, tensors, ...origin };
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, adapterFiles.manifest);
  const content = await readJson(path, 'give the folder of a finished run’s adapter', { mend: 'export the run again' });
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const found: unknown = typeof content === 'object' && content !== null && 'version' in content && content.version;
  if (found !== version) {
    throw new CheckpointError(
      path,
      `version must be ${version}, got ${JSON.stringify(found)}; read it with the version of PEFT Lab that wrote it`,
    );
  }
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'top level'}: ${message}`);
  throw new CheckpointError(
    path,
    lines.map((line) => `${line}; the manifest was changed or damaged: export the run again`),
  );
}

function configured(path: string, name: string, options: unknown): ConfiguredMethod {
  const method = findMethod(name);
  if (!method)
    throw new CheckpointError(path, `methods: ${name} is unknown; read it with the version of PEFT Lab that wrote it`);
  const parsed = method.options.safeParse(options);
  if (!parsed.success) {
    const problem = issueText(parsed.error.issues[0]!, options, 'options');
    throw new CheckpointError(path, `methods: ${name}.${problem}; export the run again`);
  }
  return { method, options: parsed.data, learningRate: undefined };
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Of the names, types and shapes of the weights. */
function layoutHash({ entries }: ModelFolder): string {
  const lines = entries.map(({ name, dtype, shape }) => `${name} ${dtype} ${elements(shape)} [${shape}]\n`);
  return sha256(lines.sort().join(''));
}

const shown = (size: unknown): string => (typeof size === 'string' ? size : JSON.stringify(size));

function compareModel(path: string, manifest: Manifest, model: ModelFolder): void {
  const { name, dimensions, weightsSha256 } = manifest.model;
  // A size that an older version did not know yet cannot differ.
  const found: Readonly<Record<string, unknown>> = { ...model.dimensions };
  const differing = Object.keys(found).filter(
    (key) => key in dimensions && shown(dimensions[key]) !== shown(found[key]),
  );
  if (differing.length > 0) {
    throw new CheckpointError(
      path,
      differing.map(
        (key) =>
          `was tuned on ${name} with ${key} ${shown(dimensions[key])}, got ${shown(found[key])} in ${model.folder}; give that model`,
      ),
    );
  }
  if (layoutHash(model) !== weightsSha256) {
    throw new CheckpointError(
      path,
      `was tuned on ${name}, whose weights have other names or shapes than those in ${model.folder}; give that model`,
    );
  }
}
