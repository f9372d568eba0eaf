import type { Session } from '../engines/engine.ts';
import { concat, input, mergeHeads, splitHeads } from '../graph/ops.ts';
import type { Feeds, Tensor } from '../graph/tensor.ts';
import type { Graph, Value } from '../graph/value.ts';
import type { LogitsModel } from '../inference/tunedGraphs.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import { attention, paddingMask } from '../nn/attention.ts';
import { buildLogits, type LogitsSpec } from '../training/plan/program.ts';

/** What other programs call a block's keys and values. */
const partNames = (layer: number) =>
  (['key', 'value'] as const).map((part) => ({
    part,
    past: `past_key_values.${layer}.${part}`,
    present: `present.${layer}.${part}`,
  }));

/**
 * A decoder that reads S new tokens behind P earlier ones: `input_ids` and `position_ids` i64[B,S], `attention_mask` i64[B,P+S] and
 * `past_key_values.N.key|value` f32[B,G,P,E] → `logits` f32[B,S,V] and `present.N.key|value` f32[B,G,P+S,E]. What methods put
 * before a sequence's keys and values stands in the graph, and in no cache.
 */
export function pastGraph(spec: LogitsSpec): { readonly graph: Graph; readonly positionShift: number } {
  const outputs: Record<string, Value> = {};
  const mask = paddingMask(input('attention_mask', 'i64', ['B', 'P+S']));
  const { keyValueWidth } = spec.outline.dimensions;
  const { logits, positionShift } = buildLogits(spec, {
    cache: {
      attend(layer, query, own, { heads, kvHeads }, sites) {
        const [key, value] = partNames(layer).map(({ part, past, present }) => {
          const earlier = input(past, 'f32', ['B', kvHeads, 'P', keyValueWidth / kvHeads]);
          const all = concat(earlier, splitHeads(own[part], kvHeads), 2);
          outputs[present] = all;
          return mergeHeads(all);
        });
        const read = sites.keyValue(layer, { key: key!, value: value!, mask });
        return attention(query, read, { heads, kvHeads, causal: true });
      },
    },
  });
  return { graph: { outputs: { logits, ...outputs } }, positionShift };
}

/**
 * The logits of whole texts by such a graph, opened from its file: half of each is read first, the rest behind it.
 * @param shift how far position ids of the feeds are moved up, which the graph does by itself
 */
export function pastLogits(session: Session<'model'>, model: ModelDimensions, shift: number): LogitsModel {
  const { layers, heads, kvHeads = heads, keyValueWidth } = model;
  const names = Array.from({ length: layers }, (_, layer) => partNames(layer)).flat();
  return {
    async logits(feeds) {
      const [rows, length] = feeds.input_ids!.shape as [number, number];
      const middle = Math.floor(length / 2);
      const empty: Tensor = {
        dtype: 'f32',
        shape: [rows, kvHeads, 0, keyValueWidth / kvHeads],
        data: new Float32Array(),
      };
      let past: Feeds = Object.fromEntries(names.map((name) => [name.past, empty]));
      const logits: Tensor[] = [];
      for (const [from, to] of [
        [0, middle],
        [middle, length],
      ] as const) {
        if (from === to) continue;
        const { outputs } = await session.run('model', {
          input_ids: columns(feeds.input_ids!, from, to),
          position_ids: columns(feeds.position_ids!, from, to, shift),
          attention_mask: columns(feeds.attention_mask!, 0, to),
          ...past,
        });
        past = Object.fromEntries(names.map((name) => [name.past, outputs[name.present]!]));
        logits.push(outputs.logits!);
      }
      return beside(logits);
    },
    close: () => session.close(),
  };
}

/** Columns of whole numbers i64[B,S], less `shift`, which padding's do not have. */
function columns({ data, shape }: Tensor, from: number, to: number, shift = 0): Tensor {
  const [rows, length] = shape as [number, number];
  const cut = Array.from({ length: rows }, (_, row) => [...data.slice(row * length + from, row * length + to)]).flat();
  const values = BigInt64Array.from(cut, (value) => BigInt(Math.max(0, Number(value) - shift)));
  return { dtype: 'i64', shape: [rows, to - from], data: values };
}

/** f32[B,S,V] … → f32[B,ΣS,V] */
function beside(parts: readonly Tensor[]): Tensor {
  const [rows, , width] = parts[0]!.shape as [number, number, number];
  const length = parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const data = new Float32Array(rows * length * width);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const { data: own, shape } of parts) {
      const size = shape[1]! * width;
      data.set((own as Float32Array).subarray(row * size, (row + 1) * size), at);
      at += size;
    }
  }
  return { dtype: 'f32', shape: [rows, length, width], data };
}
