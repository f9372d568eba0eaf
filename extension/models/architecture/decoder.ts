import { add, affine, linear } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { type ActivationName, activations } from '../../nn/activation.ts';
import { attention, paddingMask } from '../../nn/attention.ts';
import { feedForward } from '../../nn/feedForward.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import type { BareModel, ConstantTensor, ForwardContext, Head } from '../model/model.ts';
import { forward, type Placed, selectRows, tensorsOf, throughNorm, throughSite } from '../model/placed.ts';
import type { LinearSite, NormSite, Site } from '../model/tensors.ts';
import { headLinear } from './heads.ts';

type BlockLinear = Placed<LinearSite, number>;
type BlockNorm = Placed<NormSite, number>;

/** The parts of one pre-norm block, in checkpoint order. */
export interface DecoderBlock {
  /** Absent where a norm stands right before the block. */
  readonly attentionNorm?: BlockNorm | undefined;
  readonly query: BlockLinear;
  readonly key: BlockLinear;
  readonly value: BlockLinear;
  readonly output: BlockLinear;
  /** Of the heads of queries and keys. */
  readonly queryNorm?: BlockNorm | undefined;
  readonly keyNorm?: BlockNorm | undefined;
  readonly ffnNorm: BlockNorm;
  readonly gate?: BlockLinear | undefined;
  readonly up: BlockLinear;
  readonly down: BlockLinear;
}

/** A decoder as its family describes it. */
interface DecoderParts {
  readonly embeddings: readonly Placed<Site, null>[];
  readonly blocks: readonly DecoderBlock[];
  /** After the last block. */
  readonly norm: Placed<NormSite, null>;
  readonly constants?: readonly ConstantTensor[];
  readonly heads: number;
  readonly kvHeads?: number;
  readonly activation: ActivationName;
  /** After what attention and the feed-forward network give, before it is added. */
  readonly residualDropout: Readonly<Record<'attention' | 'ffn', number>>;
  /** Inside the feed-forward network, before its last layer. */
  readonly ffnDropout?: number;
  readonly attentionDropout: number;
  /** Whether tokens read later ones too, as an encoder's. */
  readonly readsAll?: true;
  /** f32[B,S,D] */
  embed(context: ForwardContext): Value;
  /** Puts positions into queries and keys, f32[B,S,H·E], where the embeddings hold none. */
  rotate?(context: ForwardContext, x: Value, heads: number, layer: number): Value;
  /** What is added to a block's scores, as attention takes it; default: the padding mask. */
  masks?(context: ForwardContext, padding: Value): (layer: number) => Value;
  /** What queries are multiplied by beside 1/√E. */
  queryScale?(layer: number): number;
}

/**
 * Pre-norm blocks: each adds to x what it makes of its norm; no token of a decoder reads later ones.
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019
 */
export function decoder(parts: DecoderParts): BareModel {
  const { embeddings, blocks, norm, constants = [] } = parts;
  const inBlocks = blocks.flatMap((block) => Object.values(block).filter((part) => part !== undefined));
  return {
    tensors: tensorsOf([...embeddings, ...inBlocks, norm]),
    constants,
    encode(context) {
      const padding = paddingMask(context.input('attention_mask'));
      const masks = parts.masks?.(context, padding);
      const x = blocks.reduce(
        (given, block, layer) =>
          forwardBlock(parts, block, context, { x: given, mask: masks?.(layer) ?? padding, layer }),
        parts.embed(context),
      );
      return throughNorm(context, norm, selectRows(context, x));
    },
  };
}

interface BlockInputs {
  readonly x: Value;
  /** As attention takes it. */
  readonly mask: Value;
  readonly layer: number;
}

function forwardBlock(
  parts: DecoderParts,
  block: DecoderBlock,
  context: ForwardContext,
  { x, mask, layer }: BlockInputs,
): Value {
  const { heads, kvHeads = heads, attentionDropout, residualDropout, ffnDropout } = parts;
  const { sites, dropout } = context;
  const through = (part: BlockLinear) => (given: Value) => throughSite(context, part, given);
  const normed = (part: BlockNorm | undefined, given: Value) => (part ? throughNorm(context, part, given) : given);
  const placed = (given: Value, count: number) => parts.rotate?.(context, given, count, layer) ?? given;

  const read = normed(block.attentionNorm, x);
  const query = placed(normed(block.queryNorm, through(block.query)(read)), heads);
  const key = placed(normed(block.keyNorm, through(block.key)(read)), kvHeads);
  const value = through(block.value)(read);
  const scale = parts.queryScale?.(layer) ?? 1;
  const scaled = scale === 1 ? query : affine(query, scale);
  const attended = context.cache
    ? context.cache.attend(layer, scaled, { key, value }, { heads, kvHeads }, sites)
    : attention(scaled, sites.keyValue(layer, { key, value, mask }), {
        heads,
        kvHeads,
        causal: !parts.readsAll,
        dropout: dropout.attention(attentionDropout),
      });
  const written = dropout.apply(through(block.output)(attended), residualDropout.attention);
  const middle = add(x, sites.blockOutput('attention', layer, written, read));

  const fed = throughNorm(context, block.ffnNorm, middle);
  const down = (inner: Value) =>
    through(block.down)(ffnDropout === undefined ? inner : dropout.apply(inner, ffnDropout));
  const layers = { up: through(block.up), down, activation: activations[parts.activation] };
  const gate = block.gate && { gate: through(block.gate) };
  const narrow = dropout.apply(feedForward({ ...layers, ...gate }, fed), residualDropout.ffn);
  return add(middle, sites.blockOutput('ffn', layer, narrow, fed));
}

interface LanguageModel extends ModelDimensions {
  /** Whether the word table is the output weights. */
  readonly tied: boolean;
}

/** The next token's logits: hidden states times the word table, or a weight of its own where the two are not tied. */
export const causalLmHead =
  (words: string) =>
  (model: LanguageModel): Head => {
    const own = headLinear('lm_head', model.hidden, model.vocabulary, { bias: false });
    const weight = ({ parameter }: Pick<ForwardContext, 'parameter'>) =>
      parameter(`${model.tied ? words : own.path}.weight`);
    return {
      readsPooler: false,
      rows: 'all',
      tensors: model.tied ? [] : tensorsOf([own]),
      isBase: true,
      weight,
      logits: (context, hidden) => linear(hidden, weight(context)),
    };
  };

/** Scores of a whole text, read off its last real token. */
export const scoreHead = (model: ModelDimensions, outputs: number): Head => {
  const score = headLinear('score', model.hidden, outputs, { bias: false });
  return {
    readsPooler: false,
    rows: 'last',
    tensors: tensorsOf([score]),
    logits: (context, hidden) => forward(context, score, hidden),
  };
};
