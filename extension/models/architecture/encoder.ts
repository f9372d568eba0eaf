import { add, reshape, slice } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { type ActivationName, activations } from '../../nn/activation.ts';
import { attention, paddingMask } from '../../nn/attention.ts';
import { embedding } from '../../nn/embedding.ts';
import { feedForward } from '../../nn/feedForward.ts';
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import type { Part } from '../../nn/part.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import type { BareModel, BatchLayout, ForwardContext } from '../model/model.ts';
import { forward, type Placed, place, selectRows, tensorsOf, throughNorm, throughSite } from '../model/placed.ts';
import type { LinearSite } from '../model/tensors.ts';
import type { PositionScores } from './positionScores.ts';

/** What a BERT-like encoder's `config.json` says. */
export interface EncoderDimensions extends ModelDimensions {
  /** F, width of the feed-forward network. */
  readonly ffn: number;
  /** Width of the embeddings, which may be narrower than `hidden`: ELECTRA's. */
  readonly embedding: number;
  /** Rows of the position table; 0 where there is none. */
  readonly positionRows: number;
  /** Position id of the first token: 0, or padTokenId + 1 for RoBERTa. */
  readonly positionOffset: number;
  /** 0 where the architecture has no token types. */
  readonly tokenTypes: number;
  readonly activation: ActivationName;
  readonly layerNormEpsilon: number;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  /** Before the classifier. */
  readonly classifierDropout: number;
  readonly padTokenId: number;
  /** The block at each depth, where one stands at several; absent: each at its own. */
  readonly blockOrder?: readonly number[];
}

/** Where one architecture's names and details differ from the other BERT-like encoders'. */
export interface EncoderLayout {
  /** Path of each part of a block, below the block's own path. */
  readonly names: Readonly<Record<Exclude<LinearSite, 'ffn.gate'> | 'norm.attention' | 'norm.ffn', string>>;
  /** Path of a block: `encoder.layer.0`. */
  readonly block: (layer: number) => string;
  /** Which parts of a block end in dropout. */
  readonly outputDropouts: readonly ('attention' | 'ffn')[];
  /** Path of the layer that brings embeddings to the blocks' width, whatever theirs; absent: only narrower ones have it. */
  readonly projection?: string;
  /** Path of the layer, without a bias, that brings narrower embeddings to the blocks' width before their norm. */
  readonly widenedBeforeNorm?: string;
  /** What positions add to attention's scores. */
  readonly scores?: PositionScores | undefined;
  /** Of the products of queries and keys; absent: 1/√(D/H). */
  readonly scale?: number;
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
  outputDropouts: ['attention', 'ffn'],
};

/** The first token's row: x[B,·,D] → [B,D]. */
export function firstToken(x: Value): Value {
  const [batch, , width] = x.shape;
  return reshape(slice(x, 1, 0, 1), [batch!, width!]);
}

/** Path of the word table, which masked-LM heads multiply by. */
export const wordEmbeddings = 'embeddings.word_embeddings';

/**
 * The embeddings and blocks of a post-norm encoder. Where the first token's row alone is read, the last block has one
 * query, the first token, against all keys and values: equal to the first row of the whole.
 * @see Devlin et al., "BERT", arXiv 1810.04805; Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, section 3
 */
export function encoder(layout: EncoderLayout, model: EncoderDimensions): BareModel {
  const embeddings = encoderEmbeddings(layout, model);
  const blocks = Array.from({ length: model.layers }, (_, layer) => encoderBlock(layout, model, layer));
  const { parts = [], masks } = layout.scores ?? {};
  return {
    constants: [],
    tensors: tensorsOf([...embeddings.parts, ...blocks.flatMap(({ parts }) => parts), ...parts]),
    encode(context) {
      const padding = paddingMask(context.input('attention_mask'));
      const mask = masks?.(context, padding) ?? (() => padding);
      let x = embeddings.forward(context);
      const order = model.blockOrder ?? blocks.map((_, layer) => layer);
      for (const [depth, layer] of order.entries()) {
        const isCut = context.rows === 'first' && depth === order.length - 1;
        x = blocks[layer]!.forward(context, { x, queries: isCut ? selectRows(context, x) : x, mask });
      }
      return context.rows === 'first' ? x : selectRows(context, x);
    },
  };
}

/** dropout(LayerNorm(word + type + position)), brought to the blocks' width where it is narrower: f32[B,S,D]. */
function encoderEmbeddings(layout: EncoderLayout, model: EncoderDimensions) {
  const { embedding: narrow, hidden } = model;
  const table = (rows: number, path: string, site: 'embedding.word' | 'embedding.position' | 'embedding.type') =>
    rows > 0 ? place(embedding(rows, narrow), path, site, null) : undefined;
  const words = place(embedding(model.vocabulary, narrow), wordEmbeddings, 'embedding.word', null);
  const positions = table(model.positionRows, 'embeddings.position_embeddings', 'embedding.position');
  const types = table(model.tokenTypes, 'embeddings.token_type_embeddings', 'embedding.type');
  const before = narrow === hidden ? undefined : layout.widenedBeforeNorm;
  const after = before ? undefined : (layout.projection ?? (narrow === hidden ? undefined : 'embeddings_project'));
  const widening = (path: string | undefined, bias: boolean) =>
    path === undefined ? undefined : place(linear(narrow, hidden, { bias }), path, 'embedding.projection', null);
  const [first, last] = [widening(before, false), widening(after, true)];
  const normed = layerNorm(first ? hidden : narrow, model.layerNormEpsilon);
  const norm = place(normed, 'embeddings.LayerNorm', 'norm.embedding', null);
  return {
    parts: [words, positions, types, first, norm, last].filter((part) => part !== undefined),
    forward(context: ForwardContext): Value {
      const read = forward(context, words, context.input('input_ids'));
      const typed = types ? add(read, forward(context, types, context.input('token_type_ids'))) : read;
      const summed = positions ? add(typed, forward(context, positions, context.input('position_ids'))) : typed;
      const wide = first ? forward(context, first, summed) : summed;
      const x = context.dropout.apply(throughNorm(context, norm, wide), model.hiddenDropout);
      return last ? forward(context, last, x) : x;
    },
  };
}

/** What a block reads: keys and values come from x[B,S,D], queries and residuals from `queries` [B,S,D] or [B,1,D]. */
interface BlockInputs {
  readonly x: Value;
  readonly queries: Value;
  readonly mask: ReturnType<PositionScores['masks']>;
}

function encoderBlock(layout: EncoderLayout, model: EncoderDimensions, layer: number) {
  const { hidden, ffn, layerNormEpsilon, hiddenDropout } = model;
  const at = <S extends keyof EncoderLayout['names']>(site: S, part: Part) =>
    place(part, `${layout.block(layer)}.${layout.names[site]}`, site, layer);
  const query = at('attention.query', linear(hidden, hidden));
  const key = at('attention.key', linear(hidden, hidden));
  const value = at('attention.value', linear(hidden, hidden));
  const output = at('attention.output', linear(hidden, hidden));
  const attentionNorm = at('norm.attention', layerNorm(hidden, layerNormEpsilon));
  const up = at('ffn.up', linear(hidden, ffn));
  const down = at('ffn.down', linear(ffn, hidden));
  const ffnNorm = at('norm.ffn', layerNorm(hidden, layerNormEpsilon));
  return {
    parts: [query, key, value, output, attentionNorm, up, down, ffnNorm],
    forward(context: ForwardContext, { x, queries, mask }: BlockInputs): Value {
      const { sites, dropout } = context;
      const through = (part: Placed<LinearSite, number>) => (given: Value) => throughSite(context, part, given);
      const asked = through(query)(queries);
      const own = { key: through(key)(x), value: through(value)(x) };
      const project = { query: through(query), key: through(key) };
      const scored = mask({ layer, query: asked, key: own.key, project, first: queries !== x });
      const read = sites.keyValue(layer, { ...own, mask: scored });
      const attended = attention(asked, read, {
        heads: model.heads,
        scale: layout.scale,
        dropout: dropout.attention(model.attentionDropout),
      });
      const ended = (part: 'attention' | 'ffn', given: Value) =>
        layout.outputDropouts.includes(part) ? dropout.apply(given, hiddenDropout) : given;
      const dropped = ended('attention', through(output)(attended));
      const middle = throughNorm(
        context,
        attentionNorm,
        add(sites.blockOutput('attention', layer, dropped, queries), queries),
      );

      const activation = activations[model.activation];
      const fed = feedForward({ up: through(up), down: through(down), activation }, middle);
      const changed = sites.blockOutput('ffn', layer, ended('ffn', fed), middle);
      return throughNorm(context, ffnNorm, add(changed, middle));
    },
  };
}

/** Rows of a batch as encoders read them: padding has the position before the first, where there is one. */
export const encoderBatch = ({ padTokenId, tokenTypes, positionOffset }: EncoderDimensions): BatchLayout => ({
  padTokenId,
  tokenTypes,
  firstPosition: positionOffset,
  padPosition: Math.max(0, positionOffset - 1),
});
