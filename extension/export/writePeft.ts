import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SafetensorsTensor, writeSafetensors } from '../checkpoint/format/safetensors.ts';
import { baseWeights, partsOf, type TunedModel, whereBase } from '../checkpoint/tunedModel.ts';
import { makeFolder } from '../files/makeFolder.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import {
  isAdapter,
  type PeftAdapter,
  type PeftSubject,
  type PeftTensor,
  peftPart,
} from '../methods/declaration/peft.ts';
import { checkpointName } from '../models/checkpointNames.ts';
import type { TensorSpec } from '../models/model/tensors.ts';
import { findTask } from '../tasks/registry.ts';
import { ExportError } from './exportError.ts';
import { formatRefusal } from './formats.ts';
import { peftFiles } from './peftFiles.ts';

/**
 * Writes a folder that `PeftModel.from_pretrained` loads. LN-tuning beside LoRA, (IA)³ or a prefix travels as
 * `modules_to_save`, as does the head.
 * @throws ExportError when PEFT cannot hold the methods · CheckpointError when a file cannot be read or written
 */
export async function writePeft(folder: string, tuned: TunedModel): Promise<void> {
  const subject = { model: tuned.model.dimensions, task: tuned.task, methods: tuned.methods };
  const refusal = formatRefusal('peft', subject);
  if (refusal) throw new ExportError(tuned.modelName, refusal);
  const { config, tensors } = await peftAdapter(tuned);
  makeFolder(folder);
  await writeSafetensors(join(folder, peftFiles.tensors), tensors, { format: 'pt' });
  await writeFile(join(folder, peftFiles.config), `${JSON.stringify(config, undefined, 2)}\n`);
}

async function peftAdapter(tuned: TunedModel): Promise<Pick<PeftAdapter, 'config'> & { tensors: StoredTensors }> {
  const { dimensions } = tuned.model;
  const parts = partsOf(tuned);
  const main = parts.methods.find(({ method }) => isAdapter(method.peft));
  const codec = (main ?? parts.methods[0])?.method.peft;
  if (codec === undefined) throw new RangeError('PEFT stores none of the methods, which formatRefusal says');
  const { wrapper } = codec;
  const tensors = new Map<string, SafetensorsTensor>();
  const store = (key: string, { shape, data }: PeftTensor) => tensors.set(key, { dtype: 'F32', shape, data });

  const own = main && isAdapter(codec) ? codec.write(subjectOf(tuned, main)) : undefined;
  for (const [key, tensor] of own?.tensors ?? []) {
    store(isAdapter(codec) && key === codec.packed?.key ? key : `${wrapper}${key}`, tensor);
  }

  // PEFT keeps both terms of a norm: one that was not tuned goes along with its pretrained values.
  const norms = [...new Set(parts.unfrozen.map(modulePath))].map((path) => ({
    path,
    specs: parts.outline.tensors.filter((spec) => modulePath(spec) === path),
  }));
  const base = baseWeights(tuned);
  const found = whereBase(tuned);
  const infix = isAdapter(codec) ? '' : codec.infix;
  for (const { specs } of norms) {
    for (const spec of specs) {
      const name = checkpointName(dimensions, spec);
      const data = tuned.tensors.get(spec.name) ?? (await base.read(spec.name));
      store(`${wrapper}${name.replace(/\.(?=[^.]+$)/, `.${infix}`)}`, { shape: spec.shape, data });
    }
  }
  const kept = [...parts.pooler, ...parts.head].filter(({ name }) => tuned.tensors.has(name));
  for (const spec of kept) {
    const data = tuned.tensors.get(spec.name)!;
    store(`${wrapper}${checkpointName(dimensions, spec)}`, { shape: spec.shape, data });
  }

  const normModules = norms.map(({ specs }) => modulePath({ name: checkpointName(dimensions, specs[0]!) }));
  const headModules = [...new Set(kept.map(({ name }) => name.split('.')[0]!))];
  return {
    config: {
      peft_type: codec.type,
      ...own?.config,
      ...(!main && { target_modules: normModules }),
      modules_to_save: [...headModules, ...(main ? normModules : [])],
      task_type: findTask(tuned.task).huggingFace.peftType,
      base_model_name_or_path: found.model,
      revision: found.commit,
      inference_mode: true,
      auto_mapping: null,
    },
    tensors,
  };
}

type StoredTensors = ReadonlyMap<string, SafetensorsTensor>;

/** `a.b.weight` → `a.b`. */
const modulePath = ({ name }: Pick<TensorSpec, 'name'>): string => name.slice(0, name.lastIndexOf('.'));

function subjectOf(tuned: TunedModel, { method, options }: ConfiguredMethod): PeftSubject<unknown> {
  const { outline } = partsOf(tuned);
  const { dimensions, tensors } = outline;
  const keyOf = ({ site, layer }: TensorSpec) => `${layer} ${site}`;
  const weights = new Map(tensors.filter(({ role }) => role === 'weight').map((spec) => [keyOf(spec), spec]));
  return {
    options,
    dimensions,
    added: method.modules(outline, options).added,
    layerOf: (spec) => peftPart(dimensions, weights.get(keyOf(spec))!),
    values: (name) => tuned.tensors.get(name)!,
  };
}
