import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SafetensorsTensor, writeSafetensors } from '../checkpoint/safetensors.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { checkpointName } from '../models/checkpointNames.ts';
import type { TensorSpec } from '../models/tensors.ts';
import { ExportError } from './exportError.ts';
import { formatRefusal } from './formats.ts';
import { keyPrefix, peftFiles, promptKey } from './peftNames.ts';
import { baseWeights, partsOf, type TunedModel, whereBase } from './tunedModel.ts';

type Config = Readonly<Record<string, unknown>>;

/** A PEFT adapter in the making. */
interface PeftAdapter {
  readonly config: Config;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/**
 * Writes a folder that `PeftModel.from_pretrained` loads. LN-tuning beside LoRA, (IA)³ or a prefix travels as
 * `modules_to_save`, as does the head.
 * @throws ExportError when PEFT cannot hold the methods · CheckpointError when a file cannot be read or written
 */
export async function writePeft(folder: string, tuned: TunedModel): Promise<void> {
  const subject = { model: tuned.model.dimensions, head: tuned.head, methods: tuned.methods };
  const refusal = formatRefusal('peft', subject);
  if (refusal) throw new ExportError(tuned.modelName, refusal);
  const { config, tensors } = await peftAdapter(tuned);
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, peftFiles.tensors), tensors, { format: 'pt' });
  await writeFile(join(folder, peftFiles.config), `${JSON.stringify(config, undefined, 2)}\n`);
}

async function peftAdapter(tuned: TunedModel): Promise<PeftAdapter> {
  const { dimensions } = tuned.model;
  const parts = partsOf(tuned);
  const main = parts.methods.find(({ method }) => method.name !== 'ln-tuning');
  const own = main
    ? adapterOf[main.method.name]!(tuned, main)
    : { config: { peft_type: 'LN_TUNING' }, tensors: new Map() };
  const prefix = keyPrefix(String(own.config.peft_type));
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [key, tensor] of own.tensors) tensors.set(key === promptKey ? key : `${prefix}${key}`, tensor);

  // PEFT keeps both terms of a norm: one that was not tuned goes along with its pretrained values.
  const norms = [...new Set(parts.unfrozen.map(modulePath))].map((path) => ({
    path,
    specs: parts.outline.tensors.filter((spec) => modulePath(spec) === path),
  }));
  const base = baseWeights(tuned);
  const found = whereBase(tuned);
  for (const { specs } of norms) {
    for (const spec of specs) {
      const name = checkpointName(dimensions, spec);
      const key = main ? name : name.replace(/\.(?=[^.]+$)/, '.ln_tuning_layers.');
      const data = tuned.tensors.get(spec.name) ?? (await base.read(spec.name));
      tensors.set(`${prefix}${key}`, { dtype: 'F32', shape: spec.shape, data });
    }
  }
  const kept = [...parts.pooler, ...parts.head].filter(({ name }) => tuned.tensors.has(name));
  for (const spec of kept) {
    const data = tuned.tensors.get(spec.name)!;
    tensors.set(`${prefix}${checkpointName(dimensions, spec)}`, { dtype: 'F32', shape: spec.shape, data });
  }

  const normModules = norms.map(({ specs }) => modulePath({ name: checkpointName(dimensions, specs[0]!) }));
  const headModules = [...new Set(kept.map(({ name }) => name.split('.')[0]!))];
  return {
    config: {
      ...own.config,
      ...(!main && { target_modules: normModules }),
      modules_to_save: [...headModules, ...(main ? normModules : [])],
      task_type: tuned.head === 'token' ? 'TOKEN_CLS' : 'SEQ_CLS',
      base_model_name_or_path: found.model,
      revision: found.commit,
      inference_mode: true,
      auto_mapping: null,
    },
    tensors,
  };
}

/** `a.b.weight` → `a.b`. */
const modulePath = ({ name }: Pick<TensorSpec, 'name'>): string => name.slice(0, name.lastIndexOf('.'));

/** What PEFT stores of one method: config, and tensors under their keys without the prefix. */
const adapterOf: Readonly<Record<string, (tuned: TunedModel, configured: ConfiguredMethod) => PeftAdapter>> = {
  lora: (tuned, { method, options }) => {
    const { rank, alpha } = options as { readonly rank: number; readonly alpha: number };
    const { outline } = partsOf(tuned);
    const tensors = new Map<string, SafetensorsTensor>();
    const targets = new Set<string>();
    for (const spec of method.modules(outline, options).added) {
      const key = checkpointName(outline.dimensions, spec);
      targets.add(key.replace(/\.lora_[AB]\.weight$/, ''));
      tensors.set(key, { dtype: 'F32', shape: spec.shape, data: tuned.tensors.get(spec.name)! });
    }
    return {
      config: {
        peft_type: 'LORA',
        r: rank,
        lora_alpha: alpha,
        lora_dropout: 0,
        bias: 'none',
        fan_in_fan_out: false,
        target_modules: [...targets],
      },
      tensors,
    };
  },
  ia3: (tuned, { method, options }) => {
    const { outline } = partsOf(tuned);
    const tensors = new Map<string, SafetensorsTensor>();
    const targets: string[] = [];
    const feedforward: string[] = [];
    for (const spec of method.modules(outline, options).added) {
      const key = checkpointName(outline.dimensions, spec);
      const target = key.replace(/\.ia3_l$/, '');
      const scalesInput = spec.site === 'ffn.down' || spec.site === 'attention.output';
      const size = spec.shape[0]!;
      targets.push(target);
      if (scalesInput) feedforward.push(target);
      const shape = scalesInput ? [1, size] : [size, 1];
      tensors.set(key, { dtype: 'F32', shape, data: tuned.tensors.get(spec.name)! });
    }
    return {
      config: { peft_type: 'IA3', target_modules: targets, feedforward_modules: feedforward, fan_in_fan_out: false },
      tensors,
    };
  },
  prefix: (tuned, { method, options }) => {
    const { outline } = partsOf(tuned);
    const { layers, hidden, heads } = outline.dimensions;
    const { length } = options as { readonly length: number };
    const width = 2 * layers * hidden;
    const flat = new Float32Array(length * width);
    method.modules(outline, options).added.forEach(({ name }, part) => {
      const values = tuned.tensors.get(name)!; // [l,d]: K and V of each block in turn
      for (let row = 0; row < length; row++) {
        flat.set(values.subarray(row * hidden, (row + 1) * hidden), row * width + part * hidden);
      }
    });
    return {
      config: {
        peft_type: 'PREFIX_TUNING',
        num_virtual_tokens: length,
        token_dim: hidden,
        num_layers: layers,
        num_attention_heads: heads,
        num_transformer_submodules: 1,
        encoder_hidden_size: hidden,
        prefix_projection: false,
      },
      tensors: new Map([[promptKey, { dtype: 'F32', shape: [length, width], data: flat }]]),
    };
  },
};
