import { join } from 'node:path';
import * as z from 'zod';
import { readJson } from '../checkpoint/modelConfig.ts';
import type { ModelFolder } from '../checkpoint/modelFolder.ts';
import { openSafetensors, readFloats, type SafetensorsFile } from '../checkpoint/safetensors.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { findMethod } from '../methods/registry.ts';
import { canonicalName } from '../models/checkpointNames.ts';
import { taskTensors } from '../models/families.ts';
import type { Site, TensorSpec } from '../models/tensors.ts';
import { ExportError } from './exportError.ts';
import { keyPrefix, peftFiles, promptKey } from './peftNames.ts';
import { checkTuned, type TunedModel } from './tunedModel.ts';

const shared = z.looseObject({
  peft_type: z.string(),
  task_type: z.enum(['SEQ_CLS', 'TOKEN_CLS']),
  base_model_name_or_path: z.string().nullish(),
});
const empty = z.record(z.string(), z.unknown()).refine((pattern) => Object.keys(pattern).length === 0, 'must be empty');
const loraConfig = z.looseObject({
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  bias: z.literal('none').nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.literal(false).nullish(),
  rank_pattern: empty.nullish(),
  alpha_pattern: empty.nullish(),
});
const prefixConfig = z.looseObject({
  num_virtual_tokens: z.int().positive(),
  num_transformer_submodules: z.literal(1).nullish(),
});

const targets: Readonly<Partial<Record<Site, string>>> = {
  'attention.query': 'query',
  'attention.key': 'key',
  'attention.value': 'value',
  'attention.output': 'output',
  'ffn.up': 'up',
  'ffn.down': 'down',
};

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
  const head = task_type === 'TOKEN_CLS' ? 'token' : 'sequence';
  const file = await openSafetensors(join(folder, peftFiles.tensors));
  const found = await readTensors(file, type, model);

  const outputs = outputsOf(found, model, head, file.path);
  const specs = taskTensors(model.dimensions, head, outputs);
  const methods = [...mainMethod(path, type, content, found, specs.backbone), ...lnTuning(found, specs.backbone)];
  const tuned: TunedModel = {
    model,
    modelName: base_model_name_or_path ?? model.folder,
    task: head === 'token' ? 'token-classification' : outputs === 1 ? 'regression' : 'classification',
    head,
    labels: head === 'sequence' && outputs === 1 ? [] : (labels ?? labelNames(model, outputs)),
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
      (issue) => `${issue.path.join('.') || 'top level'}: ${issue.message}; such an adapter cannot be read here`,
    ),
  );
}

async function readTensors(file: SafetensorsFile, type: string, model: ModelFolder): Promise<Found> {
  const { hidden, layers } = model.dimensions;
  const prefix = keyPrefix(type);
  const found: Found = new Map();
  for (const key of file.entries.keys()) {
    const data = await readFloats(file, key);
    if (key === promptKey) {
      const { shape } = file.entries.get(key)!;
      if (shape.length !== 2 || shape[1] !== 2 * layers * hidden) {
        throw new ExportError(file.path, `${key}: must be [l,${2 * layers * hidden}] for this model, got [${shape}]`);
      }
      for (let part = 0; part < 2 * layers; part++) {
        const name = `prefix.layer.${part >> 1}.${part % 2 === 0 ? 'key' : 'value'}`;
        const length = shape[0]!;
        const values = new Float32Array(length * hidden);
        for (let row = 0; row < length; row++) {
          const start = (row * 2 * layers + part) * hidden;
          values.set(data.subarray(start, start + hidden), row * hidden);
        }
        found.set(name, { key, data: values });
      }
    } else if (key.startsWith(prefix)) {
      const name = canonicalName(model.dimensions, key.slice(prefix.length)).replace('.ln_tuning_layers.', '.');
      const twin = found.get(name);
      if (twin) throw new ExportError(file.path, `${key}: is the same tensor as ${twin.key}`);
      found.set(name, { key, data });
    } else {
      throw new ExportError(file.path, `${key}: keys of a ${type} adapter must begin with ${prefix}`);
    }
  }
  return found;
}

/** Number of logits: rows of the head's last layer. */
function outputsOf(found: Found, model: ModelFolder, head: 'sequence' | 'token', path: string): number {
  const last = taskTensors(model.dimensions, head, 1).head.at(-1)!;
  const bias = found.get(last.name);
  if (!bias) throw new ExportError(path, `${last.name}: is missing; an adapter without its head cannot be used alone`);
  return bias.data.length;
}

function labelNames(model: ModelFolder, outputs: number): readonly string[] {
  const names = z.record(z.string(), z.string()).safeParse(model.config.id2label);
  const list = names.success ? Object.values(names.data) : [];
  return list.length === outputs ? list : Array.from({ length: outputs }, (_, i) => `LABEL_${i}`);
}

function mainMethod(
  path: string,
  type: string,
  content: unknown,
  found: Found,
  backbone: readonly TensorSpec[],
): readonly ConfiguredMethod[] {
  /** Linear layers that have a tensor of that suffix. */
  const layersWith = (suffix: string) =>
    backbone.filter(({ name, role }) => role === 'weight' && found.has(name.replace(/weight$/, suffix)));
  switch (type) {
    case 'LN_TUNING':
      return [];
    case 'LORA': {
      const { r, lora_alpha, use_rslora } = parse(path, loraConfig, content);
      const alpha = use_rslora ? lora_alpha * Math.sqrt(r) : lora_alpha;
      return grids(layersWith('lora_A.weight')).map(({ sites, layers }) =>
        configured('lora', { rank: r, alpha, targets: sites.map((site) => targets[site]), ...layers }),
      );
    }
    case 'IA3':
      return grids(layersWith('ia3_l')).map(({ sites, layers }) =>
        configured('ia3', { attention_output: sites.includes('attention.output'), ...layers }),
      );
    case 'PREFIX_TUNING': {
      const { num_virtual_tokens } = parse(path, prefixConfig, content);
      return [configured('prefix', { length: num_virtual_tokens })];
    }
    default:
      throw new ExportError(
        path,
        `peft_type must be LN_TUNING, LORA, IA3 or PREFIX_TUNING, got ${type}; such an adapter cannot be read here`,
      );
  }

  function grids(specs: readonly TensorSpec[]) {
    return siteGrids(specs, backbone);
  }
}

/** The LN-tuning that a set of norm tensors amounts to: one entry for norms that are tuned in the same blocks. */
function lnTuning(found: Found, backbone: readonly TensorSpec[]): readonly ConfiguredMethod[] {
  const tuned = backbone.filter(({ name, site }) => site.startsWith('norm.') && found.has(name));
  const terms = (['gain', 'bias'] as const).filter((term) => tuned.some(({ role }) => role === term));
  return siteGrids(tuned, backbone).map(({ sites, layers }) =>
    configured('ln-tuning', { terms, norms: sites.map((site) => site.replace('norm.', '')), ...layers }),
  );
}

/** Groups tensors by the blocks in which their sites occur; sites outside the blocks join the first group. */
function siteGrids(specs: readonly TensorSpec[], backbone: readonly TensorSpec[]) {
  const inBlocks = new Map<Site, number[]>();
  const outside = new Set<Site>();
  for (const { site, layer } of specs) {
    if (layer === null) outside.add(site);
    else if (!inBlocks.get(site)?.includes(layer)) inBlocks.set(site, [...(inBlocks.get(site) ?? []), layer]);
  }
  const blocks = new Set(backbone.flatMap(({ layer }) => (layer === null ? [] : [layer]))).size;
  const groups = new Map<string, { sites: Site[]; layers: { readonly layers?: readonly number[] } }>();
  for (const [site, layers] of inBlocks) {
    const group = groups.get(layers.join()) ?? { sites: [], layers: layers.length === blocks ? {} : { layers } };
    group.sites.push(site);
    groups.set(layers.join(), group);
  }
  if (outside.size > 0) {
    const first = [...groups.values()][0];
    if (first) first.sites.push(...outside);
    else groups.set('', { sites: [...outside], layers: {} });
  }
  return [...groups.values()];
}

function configured(name: string, options: Readonly<Record<string, unknown>>): ConfiguredMethod {
  const method = findMethod(name)!;
  return { method, options: method.options.parse(options), learningRate: undefined };
}
