import {
  add,
  affine,
  attention,
  embedding,
  gelu,
  layerNorm,
  linear,
  relu,
  reshape,
  slice,
  toFloat,
} from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';
import type { ModelDimensions } from './dimensions.ts';
import type { ForwardContext, ParameterSource } from './model.ts';
import type { LinearSite, Site, TensorSpec } from './tensors.ts';

/** Where one architecture's names and details differ from the other BERT-like encoders'. */
export interface EncoderLayout {
  /** Path of each part of a block, below the block's own path. */
  readonly names: Readonly<Record<LinearSite | 'norm.attention' | 'norm.ffn', string>>;
  /** Path of a block: `encoder.layer.0`. */
  readonly block: (layer: number) => string;
  /** Whether dropout follows the attention's output dense. */
  readonly attentionOutputDropout: boolean;
}

/** BERT's layout, shared by RoBERTa and ELECTRA. */
export const bertLayout: EncoderLayout = {
  names: {
    'attention.query': 'attention.self.query',
    'attention.key': 'attention.self.key',
    'attention.value': 'attention.self.value',
    'attention.output': 'attention.output.dense',
    'norm.attention': 'attention.output.LayerNorm',
    'ffn.up': 'intermediate.dense',
    'ffn.down': 'output.dense',
    'norm.ffn': 'output.LayerNorm',
  },
  block: (layer) => `encoder.layer.${layer}`,
  attentionOutputDropout: true,
};

/** Added to the score of a padded position: far below any real score, yet finite, so that an empty row stays a number. */
const masked = -1e9;

export const wordEmbeddings = 'embeddings.word_embeddings.weight';

/** Weight [out,in] and bias [out] of a dense layer. */
export function denseTensors(
  path: string,
  outputs: number,
  inputs: number,
  site: Site,
  layer: number | null = null,
): readonly TensorSpec[] {
  return [
    { name: `${path}.weight`, shape: [outputs, inputs], role: 'weight', site, layer },
    { name: `${path}.bias`, shape: [outputs], role: 'bias', site, layer },
  ];
}

/** Gain [D] and bias [D] of a LayerNorm. */
export function normTensors(
  path: string,
  width: number,
  site: Site,
  layer: number | null = null,
): readonly TensorSpec[] {
  return [
    { name: `${path}.weight`, shape: [width], role: 'gain', site, layer },
    { name: `${path}.bias`, shape: [width], role: 'bias', site, layer },
  ];
}

/** Embeddings and blocks of a BERT-like encoder, without a pooler. */
export function encoderTensors(layout: EncoderLayout, model: ModelDimensions): readonly TensorSpec[] {
  const { hidden, ffn, embedding: narrow } = model;
  const table = (name: string, rows: number, site: Site): TensorSpec => ({
    name: `embeddings.${name}.weight`,
    shape: [rows, narrow],
    role: 'table',
    site,
    layer: null,
  });
  const widths: Readonly<Record<LinearSite, readonly [number, number]>> = {
    'attention.query': [hidden, hidden],
    'attention.key': [hidden, hidden],
    'attention.value': [hidden, hidden],
    'attention.output': [hidden, hidden],
    'ffn.up': [ffn, hidden],
    'ffn.down': [hidden, ffn],
  };
  const block = (layer: number): readonly TensorSpec[] => {
    const path = (site: keyof EncoderLayout['names']) => `${layout.block(layer)}.${layout.names[site]}`;
    const dense = (site: LinearSite) => denseTensors(path(site), ...widths[site], site, layer);
    const norm = (site: 'norm.attention' | 'norm.ffn') => normTensors(path(site), hidden, site, layer);
    return [
      ...dense('attention.query'),
      ...dense('attention.key'),
      ...dense('attention.value'),
      ...dense('attention.output'),
      ...norm('norm.attention'),
      ...dense('ffn.up'),
      ...dense('ffn.down'),
      ...norm('norm.ffn'),
    ];
  };
  return [
    table('word_embeddings', model.vocabulary, 'embedding.word'),
    table('position_embeddings', model.positionRows, 'embedding.position'),
    ...(model.tokenTypes > 0 ? [table('token_type_embeddings', model.tokenTypes, 'embedding.type')] : []),
    ...normTensors('embeddings.LayerNorm', narrow, 'norm.embedding'),
    ...(narrow === hidden ? [] : denseTensors('embeddings_project', hidden, narrow, 'embedding.projection')),
    ...Array.from({ length: model.layers }, (_, layer) => block(layer)).flat(),
  ];
}

/** The model's activation function. */
export function activate(model: ModelDimensions, x: Value): Value {
  switch (model.activation) {
    case 'relu':
      return relu(x);
    case 'gelu':
      return gelu(x, 'exact');
    case 'gelu_new':
    case 'gelu_pytorch_tanh':
      return gelu(x, 'tanh');
  }
}

/** x·weightᵀ + bias with the tensors at a path. */
export function dense(parameter: ParameterSource, path: string, x: Value): Value {
  return linear(x, parameter(`${path}.weight`), parameter(`${path}.bias`));
}

/** LayerNorm with the tensors at a path. */
export function norm(parameter: ParameterSource, model: ModelDimensions, path: string, x: Value): Value {
  return layerNorm(x, parameter(`${path}.weight`), parameter(`${path}.bias`), model.layerNormEpsilon);
}

/** The first token's row: x[B,·,D] → [B,D]. */
export function firstToken(x: Value): Value {
  const [batch, , width] = x.shape;
  return reshape(slice(x, 1, 0, 1), [batch!, width!]);
}

/** dropout(LayerNorm(word + type + position)), projected to the blocks' width where it is narrower: f32[B,S,D]. */
function embed(model: ModelDimensions, context: ForwardContext): Value {
  const { parameter } = context;
  const words = embedding(parameter(wordEmbeddings), context.inputIds);
  const typed =
    model.tokenTypes > 0
      ? add(words, embedding(parameter('embeddings.token_type_embeddings.weight'), context.tokenTypeIds))
      : words;
  const placed = add(typed, embedding(parameter('embeddings.position_embeddings.weight'), context.positionIds));
  const x = context.dropout.hidden(norm(parameter, model, 'embeddings.LayerNorm', placed));
  return model.embedding === model.hidden ? x : dense(parameter, 'embeddings_project', x);
}

/**
 * Hidden states after the last block of a post-norm encoder, f32[B,S,D]. With `firstTokenOnly` the last block has one
 * query, the first token, against all keys and values, and so gives f32[B,1,D]: equal to the first row of the whole.
 * @see Devlin et al., "BERT", arXiv 1810.04805; Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, section 3
 */
export function encode(layout: EncoderLayout, model: ModelDimensions, context: ForwardContext): Value {
  const mask = affine(toFloat(context.attentionMask), -masked, masked);
  let x = embed(model, context);
  for (let layer = 0; layer < model.layers; layer++) {
    const firstOnly = context.firstTokenOnly && layer === model.layers - 1;
    x = block(layout, model, context, layer, x, firstOnly ? slice(x, 1, 0, 1) : x, mask);
  }
  return x;
}

/** One block: keys and values are read from x[B,S,D], queries and residuals from `asking` [B,S,D] or [B,1,D]. */
function block(
  layout: EncoderLayout,
  model: ModelDimensions,
  context: ForwardContext,
  layer: number,
  x: Value,
  asking: Value,
  mask: Value,
): Value {
  const { parameter, sites, dropout } = context;
  const path = (site: keyof EncoderLayout['names']) => `${layout.block(layer)}.${layout.names[site]}`;
  const at = (site: LinearSite, given: Value): Value => {
    const read = sites.linearInput(site, layer, given);
    return sites.linearOutput(site, layer, dense(parameter, path(site), read), read);
  };

  const query = at('attention.query', asking);
  const read = sites.keyValue(layer, { key: at('attention.key', x), value: at('attention.value', x), mask });
  const attended = attention(query, read.key, read.value, read.mask, model.heads, dropout.attention());
  const output = at('attention.output', attended);
  const mixed = sites.blockOutput(
    'attention',
    layer,
    layout.attentionOutputDropout ? dropout.hidden(output) : output,
    asking,
  );
  const middle = norm(parameter, model, path('norm.attention'), add(mixed, asking));

  const wide = activate(model, at('ffn.up', middle));
  const narrow = dropout.hidden(at('ffn.down', wide));
  const changed = sites.blockOutput('ffn', layer, narrow, middle);
  return norm(parameter, model, path('norm.ffn'), add(changed, middle));
}
