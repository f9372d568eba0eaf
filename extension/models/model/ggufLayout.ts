import type { ModelDimensions } from './dimensions.ts';
import type { TensorSource } from './tensorSource.ts';
import type { Site, TensorSpec } from './tensors.ts';

/** A number or text of a GGUF file's metadata: whole numbers as u32, others as f32. */
export type GgufValue =
  | { readonly kind: 'whole'; readonly value: number }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string };

export const whole = (value: number): GgufValue => ({ kind: 'whole', value });
export const real = (value: number): GgufValue => ({ kind: 'real', value });
export const text = (value: string): GgufValue => ({ kind: 'text', value });

/** How llama.cpp knows the models of a family. */
export interface GgufLayout<D extends ModelDimensions = ModelDimensions> {
  /** `general.architecture` */
  readonly architecture: string;
  /** What its graph reads of the sizes, by keys without the architecture in front. */
  keys(dimensions: D): Readonly<Record<string, GgufValue>>;
  /** What of the sizes its graph does not compute, in words; undefined when it computes all. */
  obstacle(dimensions: D): string | undefined;
  /** Whether query, key and value are one tensor. */
  readonly fusesAttention?: true;
  /** Whether it turns neighbours of a head where checkpoints turn its halves: rows of queries and keys lie in that order. */
  readonly turnsNeighbours?: true;
  /** Tensors that the sizes determine. */
  constants?(dimensions: D): readonly { readonly name: string; readonly values: Float32Array }[];
}

/** What llama.cpp calls the parts at a site; those within blocks stand behind `blk.N.` */
const partNames: Readonly<Partial<Record<Site, string>>> = {
  'embedding.word': 'token_embd',
  'embedding.position': 'position_embd',
  'norm.attention': 'attn_norm',
  'norm.ffn': 'ffn_norm',
  'norm.query': 'attn_q_norm',
  'norm.key': 'attn_k_norm',
  'norm.final': 'output_norm',
  'attention.query': 'attn_q',
  'attention.key': 'attn_k',
  'attention.value': 'attn_v',
  'attention.output': 'attn_output',
  'ffn.gate': 'ffn_gate',
  'ffn.up': 'ffn_up',
  'ffn.down': 'ffn_down',
  head: 'output',
};
const reading: readonly Site[] = ['attention.query', 'attention.key', 'attention.value'];

/** Where a tensor of a language model lies in its GGUF file. @throws RangeError for one that such a file has no name for */
export function ggufSource({ fusesAttention }: GgufLayout, { name, site, layer, shape }: TensorSpec): TensorSource {
  const place = fusesAttention ? reading.indexOf(site) : -1;
  const part = place < 0 ? partNames[site] : 'attn_qkv';
  if (part === undefined) throw new RangeError(`${name}: a GGUF file has no tensor for ${site}`);
  const stored = `${layer === null ? '' : `blk.${layer}.`}${part}${name.slice(name.lastIndexOf('.'))}`;
  if (place < 0) return { name: stored, shape };
  const [rows = 0, ...inner] = shape;
  return {
    name: stored,
    shape: [3 * rows, ...inner],
    slice: { axis: 0, start: place * rows, end: (place + 1) * rows },
  };
}

/**
 * Puts the rows of each head, which lie as two halves that are turned together, beside each other: j, j + E/2 → 2j, 2j + 1.
 * @param values f32[H·E, …]
 * @param heads H
 * @param back from neighbours to halves
 */
export function turnHeads(values: Float32Array, rows: number, heads: number, back = false): Float32Array {
  const width = values.length / rows;
  const half = rows / heads / 2;
  const turned = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let j = 0; j < 2 * half; j++) {
      const [halves, neighbours] = [head * 2 * half + j, head * 2 * half + (j % half) * 2 + Math.floor(j / half)];
      const [from, to] = back ? [neighbours, halves] : [halves, neighbours];
      turned.set(values.subarray(from * width, (from + 1) * width), to * width);
    }
  }
  return turned;
}
