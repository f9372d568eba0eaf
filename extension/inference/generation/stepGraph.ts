import { cachedAttention, input, slice } from '../../graph/ops.ts';
import type { Graph, Value } from '../../graph/value.ts';
import type { SiteTransforms } from '../../models/model/sites.ts';
import { buildLogits, type LogitsSpec } from '../../training/plan/program.ts';

/** Heads of keys and values, and how wide each is. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headWidth: number;
}

/** The graphs that generate text: one for prompts and single tokens alike. */
export interface StepGraphs {
  /**
   * Reads S new tokens of B rows: `input_ids` and `position_ids` i64[B,S], `last_rows` i64[B] (the row's last token
   * among all B·S), the cache and `filled` i64[B], how much of it is there. Gives `logits` f32[B,V] behind the last
   * tokens, and the new keys and values f32[B,S,G·E], which whoever runs it puts into the cache.
   */
  readonly step: Graph;
  /**
   * What methods put before a sequence's keys and values, f32[1,l,G·E] each: a cache begins with it. Undefined where
   * they put nothing. Reads `token` f32[1,1,G·E] and `mask` f32[1,1], any numbers.
   */
  readonly start: Graph | undefined;
  /** l */
  readonly startLength: number;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
  readonly cache: CacheShape;
}

/** Names of a block's keys and values: in the cache that is fed, the new ones, and those that stand before. */
export const cacheNames = (layer: number) =>
  (['key', 'value'] as const).map((part) => ({
    past: `past.${layer}.${part}`,
    own: `own.${layer}.${part}`,
    start: `start.${layer}.${part}`,
  }));

/** Writes down how a decoder, with whatever methods, reads on behind a cache of keys and values. */
export function stepGraphs(spec: LogitsSpec): StepGraphs {
  const { layers, keyValueWidth } = spec.outline.dimensions;
  const outputs: Record<string, Value> = {};
  const filled = input('filled', 'i64', ['B']);
  let shape: CacheShape | undefined;
  const { logits, positionShift, sites } = buildLogits(spec, {
    rows: 'last',
    cache: {
      attend(layer, query, own, count) {
        shape = { layers, kvHeads: count.kvHeads, headWidth: keyValueWidth / count.kvHeads };
        const [key, value] = cacheNames(layer).map((names, part) => {
          outputs[names.own] = part === 0 ? own.key : own.value;
          return input(names.past, 'f32', ['B', count.kvHeads, 'C', keyValueWidth / count.kvHeads]);
        });
        return cachedAttention(query, own, { key: key!, value: value!, filled }, count);
      },
    },
  });
  if (shape === undefined) throw new RangeError('the model reads no cache: only decoders generate text');
  const start = startOf(sites, layers, keyValueWidth);
  return { step: { outputs: { logits, ...outputs } }, ...start, positionShift, cache: shape };
}

/** A method's keys and values stand before those of the sequence: what it makes of one token, without that token. */
function startOf(
  { keyValue }: Pick<Required<SiteTransforms>, 'keyValue'>,
  layers: number,
  width: number,
): Pick<StepGraphs, 'start' | 'startLength'> {
  const token = input('token', 'f32', [1, 1, width]);
  const mask = input('mask', 'f32', [1, 1]);
  const outputs: Record<string, Value> = {};
  let startLength = 0;
  for (let layer = 0; layer < layers; layer++) {
    const read = keyValue(layer, { key: token, value: token, mask });
    startLength = (read.key.shape[1] as number) - 1;
    if (startLength === 0) return { start: undefined, startLength };
    for (const [part, names] of cacheNames(layer).entries()) {
      outputs[names.start] = slice(part === 0 ? read.key : read.value, 1, 0, startLength);
    }
  }
  return { start: { outputs }, startLength };
}
