import { join } from 'node:path';
import * as z from 'zod';
import { openSafetensors, readFloats, type SafetensorsFile } from '../checkpoint/format/safetensors.ts';
import { readJson } from '../checkpoint/modelConfig.ts';
import type { ModelFolder } from '../checkpoint/modelFolder.ts';
import { checkTuned, type TunedModel } from '../checkpoint/tunedModel.ts';
import { elements } from '../graph/tensor.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { isAdapter, type PeftPart, peftPart, type StoredPeft } from '../methods/declaration/peft.ts';
import { findMethod, peftCodecs } from '../methods/registry.ts';
import { canonicalName, sourceOf } from '../models/checkpointNames.ts';
import { familyOf, taskTensors } from '../models/families.ts';
import type { HeadKind } from '../models/model/model.ts';
import { issueText } from '../problems/issueText.ts';
import { tasks } from '../tasks/registry.ts';
import type { Task } from '../tasks/task.ts';
import { ExportError } from './exportError.ts';
import { peftFiles } from './peftFiles.ts';

const shared = z.looseObject({
  peft_type: z.string(),
  task_type: z.enum(tasks.flatMap(({ huggingFace }: Task) => huggingFace.peftType ?? [])),
  base_model_name_or_path: z.string().nullish(),
});
type Codec = (typeof peftCodecs)[number];

/** An adapter's tensors under our names, with the shapes they have there. */
type Found = Map<string, { readonly key: string; readonly data: Float32Array }>;

/**
 * Reads a PEFT adapter folder of type LN_TUNING, LORA, IA3 or PREFIX_TUNING, LN-tuning beside it included, as a tuned
 * model of ours.
 * @param labels class names; default: those of the base model's config where their number fits
 * @throws ExportError for what is not understood in full: nothing is skipped · CheckpointError for damaged files
 */
export async function readPeft(folder: string, model: ModelFolder, labels?: readonly string[]): Promise<TunedModel> {
  const path = join(folder, peftFiles.config);
  const content = await readJson(path, 'give the folder of a PEFT adapter');
  const { peft_type: type, task_type, base_model_name_or_path } = parse(path, shared, content);
  const alike = tasks.filter(({ huggingFace }: Task) => huggingFace.peftType === task_type);
  const { head } = alike[0]!;
  const { heads, title } = familyOf(model.dimensions);
  if (!heads[head]) {
    const types = [...new Set(tasks.flatMap((one: Task) => (heads[one.head] && one.huggingFace.peftType) ?? []))];
    throw new ExportError(
      path,
      `task_type: must be one of ${types.join(', ')} for a ${title} model, got ${task_type}; give the base model that the adapter was trained on`,
    );
  }
  const codec = peftCodecs.find(({ peft }) => peft.type === type);
  if (codec === undefined) {
    const types = peftCodecs
      .map(({ peft }) => peft.type)
      .join(', ')
      .replace(/, (?=[^,]+$)/, ' or ');
    throw new ExportError(path, `peft_type must be ${types}, got ${type}; adapters of this kind cannot be read`);
  }
  const file = await openSafetensors(join(folder, peftFiles.tensors));
  const found = await readTensors(file, codec, model);

  const outputs = outputsOf(found, model, head, file.path);
  const specs = taskTensors(model.dimensions, head, outputs);
  const methods = methodsOf(codec, {
    config: (schema) => parse(path, schema, content),
    has: (name) => found.has(name),
    dimensions: model.dimensions,
    backbone: specs.backbone,
  });
  // One output is a number, where a number can be meant.
  const numbers = outputs === 1 ? alike.find((one) => one.labels === 'numbers') : undefined;
  const task = numbers ?? alike.find((one) => one.labels === 'classes') ?? alike[0]!;
  const tuned: TunedModel = {
    model,
    modelName: base_model_name_or_path ?? model.folder,
    task: task.name,
    head,
    labels: task.labels === 'classes' ? (labels ?? labelNames(model, outputs)) : [],
    outputs,
    methods,
    tensors: new Map([...found].map(([name, { data }]) => [name, data])),
  };
  checkTuned(tuned);
  return tuned;
}

function parse<T>(path: string, schema: z.ZodType<T>, content: unknown): T {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new ExportError(
    path,
    parsed.error.issues.map(
      (issue) => `${issueText(issue, content, 'top level')}; adapters of this kind cannot be read`,
    ),
  );
}

async function readTensors(file: SafetensorsFile, { peft }: Codec, model: ModelFolder): Promise<Found> {
  const { dimensions } = model;
  const codec = isAdapter(peft) ? peft : undefined;
  const fused = codec?.part ? fusedLayers(model) : [];
  const found: Found = new Map();
  const put = (name: string, key: string, values: Float32Array | string) => {
    if (typeof values === 'string') throw new ExportError(file.path, `${key}: ${values}`);
    const twin = found.get(name);
    if (twin) {
      const rule = `must be stored once, got ${twin.key} too; save the adapter again with peft`;
      throw new ExportError(file.path, `${key}: ${rule}`);
    }
    found.set(name, { key, data: values });
  };
  for (const [key, { shape }] of file.entries) {
    const data = await readFloats(file, key);
    if (codec?.packed && key === codec.packed.key) {
      const tensors = codec.packed.unpack({ shape, data }, dimensions);
      if (typeof tensors === 'string') throw new ExportError(file.path, `${key}: ${tensors}`);
      for (const [name, values] of tensors) put(name, key, values);
    } else if (key.startsWith(peft.wrapper)) {
      const own = canonicalName(dimensions, key.slice(peft.wrapper.length));
      const layer = fused.find(({ path }) => own.startsWith(`${path}.`));
      if (layer) {
        const suffix = own.slice(layer.path.length + 1);
        for (const one of layer.parts) {
          const values = codec?.part?.(suffix, { shape, data }, one);
          if (values) put(one.spec.name.replace(/weight$/, suffix), key, values);
        }
      } else {
        put('infix' in peft ? own.replace(`.${peft.infix}`, '.') : own, key, data);
      }
    } else {
      throw new ExportError(
        file.path,
        `${key}: keys of a ${peft.type} adapter must begin with ${peft.wrapper}; save the adapter again with peft`,
      );
    }
  }
  return found;
}

/** Layers of the Hugging Face model in which several of ours lie, by our name of them. */
function fusedLayers({ dimensions }: ModelFolder): readonly { path: string; parts: readonly PeftPart[] }[] {
  const layers = new Map<string, PeftPart[]>();
  for (const spec of familyOf(dimensions).build(dimensions).tensors) {
    if (spec.role !== 'weight' || !sourceOf(dimensions, spec).slice) continue;
    const part = peftPart(dimensions, spec);
    layers.set(part.path, [...(layers.get(part.path) ?? []), part]);
  }
  return [...layers].map(([path, parts]) => ({ path: canonicalName(dimensions, path), parts }));
}

/** Number of logits: rows of the head's last layer, or the vocabulary where the head is the base model's. */
function outputsOf(found: Found, model: ModelFolder, head: HeadKind, path: string): number {
  const last = taskTensors(model.dimensions, head, 1).head.at(-1);
  if (last === undefined) return model.dimensions.vocabulary;
  const tensor = found.get(last.name);
  if (!tensor)
    throw new ExportError(path, `${last.name}: is missing; an adapter without its head cannot be used alone`);
  return tensor.data.length / elements(last.shape);
}

function labelNames(model: ModelFolder, outputs: number): readonly string[] {
  const names = z.record(z.string(), z.string()).safeParse(model.config.id2label);
  const list = names.success ? Object.values(names.data) : [];
  return list.length === outputs ? list : Array.from({ length: outputs }, (_, i) => `LABEL_${i}`);
}

/** The entries that give such an adapter: those of its own kind, then those of modules stored beside it. */
function methodsOf(codec: Codec, stored: StoredPeft): readonly ConfiguredMethod[] {
  const beside = peftCodecs.filter((other) => !isAdapter(other.peft) && other !== codec);
  return [codec, ...beside].flatMap(({ name, peft }) => {
    const method = findMethod(name)!;
    return peft
      .read(stored)
      .map((options) => ({ method, options: method.options.parse(options), learningRate: undefined }));
  });
}
