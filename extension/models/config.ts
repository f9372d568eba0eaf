import * as z from 'zod';
import type { Architecture, ModelDimensions } from './dimensions.ts';

/** A `config.json` that cannot be used: every rule it breaks, each with what to do. */
export class ModelConfigError extends Error {
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(problems.map((problem) => `${where}: ${problem}`).join('\n'));
    this.name = 'ModelConfigError';
    this.problems = problems;
  }
}

/** Upper limits far above real models: they keep a hostile file from making endless tables. */
const size = (limit: number) => z.int().min(1).max(limit);
const width = size(65_536);
const layerCount = size(1_024);
const tableRows = size(16_777_216);
const rate = z.number().min(0).lt(1);
const deviation = z.number().positive().max(10).default(0.02);
const epsilon = (fallback: number) => z.number().positive().max(1).default(fallback);
const activation = z.enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu']);
const off = z.literal(false, { error: 'only false is supported' }).optional();

/** Options that would change the forward pass in ways that are not built here; written or absent, they must be off. */
const unsupported = {
  is_decoder: off,
  add_cross_attention: off,
  is_encoder_decoder: off,
  pruned_heads: z.record(z.string(), z.never('pruned heads are not supported')).nullish(),
  position_embedding_type: z.literal('absolute', { error: 'only "absolute" is supported' }).nullish(),
  quantization_config: z
    .null({ error: 'quantized checkpoints are not supported; use the fp32 or fp16 one' })
    .optional(),
};

/** BERT's keys, which RoBERTa and ELECTRA share; defaults are those of Hugging Face's configuration classes. */
const bertKeys = {
  ...unsupported,
  vocab_size: tableRows,
  hidden_size: width,
  num_hidden_layers: layerCount,
  num_attention_heads: width,
  intermediate_size: width,
  hidden_act: activation.default('gelu'),
  hidden_dropout_prob: rate.default(0.1),
  attention_probs_dropout_prob: rate.default(0.1),
  max_position_embeddings: tableRows,
  type_vocab_size: size(65_536).default(2),
  initializer_range: deviation,
  layer_norm_eps: epsilon(1e-12),
  classifier_dropout: rate.nullish(),
};

const padToken = (fallback: number) =>
  z
    .int()
    .min(0)
    .nullish()
    .transform((id) => id ?? fallback);

function bertLike(
  architecture: Architecture,
  config: z.infer<z.ZodObject<typeof bertKeys>> & { readonly pad_token_id: number },
): ModelDimensions {
  return {
    architecture,
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    heads: config.num_attention_heads,
    ffn: config.intermediate_size,
    vocabulary: config.vocab_size,
    embedding: config.hidden_size,
    positionRows: config.max_position_embeddings,
    positionOffset: 0,
    tokenTypes: config.type_vocab_size,
    activation: config.hidden_act,
    layerNormEpsilon: config.layer_norm_eps,
    hiddenDropout: config.hidden_dropout_prob,
    attentionDropout: config.attention_probs_dropout_prob,
    classifierDropout: config.classifier_dropout ?? config.hidden_dropout_prob,
    padTokenId: config.pad_token_id,
    initializerRange: config.initializer_range,
  };
}

/** What each family calls its sizes. */
const readers: { readonly [A in Architecture]: z.ZodType<ModelDimensions> } = {
  bert: z.object({ ...bertKeys, pad_token_id: padToken(0) }).transform((config) => bertLike('bert', config)),

  roberta: z.object({ ...bertKeys, pad_token_id: padToken(1) }).transform((config) => ({
    ...bertLike('roberta', config),
    // Positions count from the row after the padding row.
    positionOffset: config.pad_token_id + 1,
  })),

  electra: z.object({ ...bertKeys, pad_token_id: padToken(0), embedding_size: width }).transform((config) => ({
    ...bertLike('electra', config),
    embedding: config.embedding_size,
  })),

  distilbert: z
    .object({
      ...unsupported,
      vocab_size: tableRows,
      dim: width,
      n_layers: layerCount,
      n_heads: width,
      hidden_dim: width,
      activation: activation.default('gelu'),
      dropout: rate.default(0.1),
      attention_dropout: rate.default(0.1),
      seq_classif_dropout: rate.default(0.2),
      max_position_embeddings: tableRows,
      initializer_range: deviation,
      pad_token_id: padToken(0),
    })
    .transform((config) => ({
      architecture: 'distilbert',
      layers: config.n_layers,
      hidden: config.dim,
      heads: config.n_heads,
      ffn: config.hidden_dim,
      vocabulary: config.vocab_size,
      embedding: config.dim,
      positionRows: config.max_position_embeddings,
      positionOffset: 0,
      tokenTypes: 0,
      activation: config.activation,
      // Not in the file: DistilBERT's norms always use this one.
      layerNormEpsilon: 1e-12,
      hiddenDropout: config.dropout,
      attentionDropout: config.attention_dropout,
      classifierDropout: config.seq_classif_dropout,
      padTokenId: config.pad_token_id,
      initializerRange: config.initializer_range,
    })),

  gpt2: z
    .object({
      vocab_size: tableRows,
      n_embd: width,
      n_layer: layerCount,
      n_head: width,
      n_inner: width.nullish(),
      n_positions: tableRows,
      activation_function: activation.default('gelu_new'),
      resid_pdrop: rate.default(0.1),
      attn_pdrop: rate.default(0.1),
      layer_norm_epsilon: epsilon(1e-5),
      initializer_range: deviation,
      pad_token_id: padToken(0),
    })
    .transform((config) => ({
      architecture: 'gpt2',
      layers: config.n_layer,
      hidden: config.n_embd,
      heads: config.n_head,
      ffn: config.n_inner ?? 4 * config.n_embd,
      vocabulary: config.vocab_size,
      embedding: config.n_embd,
      positionRows: config.n_positions,
      positionOffset: 0,
      tokenTypes: 0,
      activation: config.activation_function,
      layerNormEpsilon: config.layer_norm_epsilon,
      hiddenDropout: config.resid_pdrop,
      attentionDropout: config.attn_pdrop,
      classifierDropout: config.resid_pdrop,
      padTokenId: config.pad_token_id,
      initializerRange: config.initializer_range,
    })),
};

const trainable = Object.keys(readers).filter((name) => name !== 'gpt2');

/** The family of a config that does not name it, as small BERTs of early days: by its class, else by its keys. */
function likelyType(config: object): string {
  const { architectures } = config as { readonly architectures?: unknown };
  const name = Array.isArray(architectures) ? String(architectures[0]).toLowerCase() : '';
  const named = trainable.filter((type) => name.startsWith(type)).at(-1);
  return named ?? ('n_layers' in config ? 'distilbert' : 'embedding_size' in config ? 'electra' : 'bert');
}

const isArchitecture = (value: unknown): value is Architecture =>
  typeof value === 'string' && Object.hasOwn(readers, value);

/**
 * The sizes that a parsed Hugging Face `config.json` declares.
 * @param where the file, for messages
 * @throws ModelConfigError naming every key that is missing, out of range or not supported
 */
export function readDimensions(config: unknown, where: string): ModelDimensions {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new ModelConfigError(where, ['must be a JSON object; give the config.json of a Hugging Face model folder']);
  }
  const type = (config as Readonly<Record<string, unknown>>).model_type;
  if (!isArchitecture(type)) {
    const cure = type == null ? `add the line "model_type": "${likelyType(config)}"` : 'choose a model of one of them';
    throw new ModelConfigError(where, [
      `model_type: must be one of ${trainable.join(', ')}, got ${shown(type)}; ${cure}`,
    ]);
  }
  const result = readers[type].safeParse(config);
  if (!result.success) {
    throw new ModelConfigError(
      where,
      result.error.issues.map((issue) => problemText(issue, config)),
    );
  }
  const problems = sizeProblems(result.data);
  if (problems.length > 0) throw new ModelConfigError(where, problems);
  return result.data;
}

function sizeProblems(model: ModelDimensions): string[] {
  const problems: string[] = [];
  if (model.hidden % model.heads !== 0) {
    problems.push(`the number of attention heads must divide the width ${model.hidden}, got ${model.heads}`);
  }
  if (model.padTokenId >= model.vocabulary) {
    problems.push(`pad_token_id: must be below the vocabulary of ${model.vocabulary}, got ${model.padTokenId}`);
  }
  if (model.positionRows <= model.positionOffset) {
    problems.push(
      `max_position_embeddings: must be above ${model.positionOffset}, where positions begin, got ${model.positionRows}`,
    );
  }
  return problems;
}

function problemText(issue: z.core.$ZodIssue, config: object): string {
  const value = issue.path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    config,
  );
  return `${issue.path.join('.')}: ${issue.message}, got ${shown(value)}; repair config.json or choose another model`;
}

/** A value as JSON, cut where long. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
