import * as z from 'zod';
import { type ActivationName, activations } from '../../nn/activation.ts';
import type { ModelDimensions } from './dimensions.ts';

// Upper limits far above real models: they keep a hostile file from making endless tables.
export const size = (limit: number) => z.int().min(1).max(limit);
export const width = size(65_536);
export const layerCount = size(1_024);
export const tableRows = size(16_777_216);
export const rate = z.number().min(0).lt(1);
export const deviation = z.number().positive().max(10).default(0.02);

/** An epsilon of norms, with the family's default. */
export const epsilon = (fallback: number) => z.number().positive().max(1).default(fallback);

/**
 * The padding token's id, with the family's default where `config.json` has none, null, or -1, as old conversions of Llama
 * write it: whatever stands at padding is masked.
 */
export const padToken = (fallback: number) =>
  z
    .int()
    .min(-1)
    .nullish()
    .transform((id) => (id == null || id < 0 ? fallback : id));

/** Second names that transformers has for the same functions. */
const spellings: Readonly<Record<string, ActivationName>> = {
  swish: 'silu',
  gelu_python: 'gelu',
  gelu_fast: 'gelu_new',
  gelu_accurate: 'gelu_new',
  gelu_python_tanh: 'gelu_new',
};

/** An activation function, by one of its names. */
export const activation = z.preprocess(
  (name) => (typeof name === 'string' && Object.hasOwn(spellings, name) ? spellings[name] : name),
  z.enum(Object.keys(activations) as ActivationName[]),
);

const off = z.literal(false, { error: 'only false is supported' }).optional();

/** Options that would change a forward pass in ways that are not built here; written or absent, they must be off. */
export const unsupported = {
  is_decoder: off,
  add_cross_attention: off,
  is_encoder_decoder: off,
  pruned_heads: z.record(z.string(), z.never('pruned heads are not supported')).nullish(),
  position_embedding_type: z.literal('absolute', { error: 'only "absolute" is supported' }).nullish(),
  quantization_config: z
    .null({ error: 'quantized checkpoints are not supported; use the fp32 or fp16 one' })
    .optional(),
};

/** Whether the heads share the width evenly. */
export const headProblems = ({ hidden, heads }: Pick<ModelDimensions, 'hidden' | 'heads'>): readonly string[] =>
  hidden % heads === 0 ? [] : [`the number of attention heads must divide the width ${hidden}, got ${heads}`];
