import { rotaryFrequencies } from '../../nn/rotary.ts';
import { type GgufLayout, type GgufValue, real, text, whole } from '../model/ggufLayout.ts';
import type { GatedDecoderDimensions } from './gatedDecoder.ts';

interface GatedGguf extends Pick<GgufLayout, 'architecture' | 'turnsNeighbours'> {
  /** Biases that its graph adds. */
  readonly biases: { readonly read: boolean; readonly output: boolean; readonly ffn: boolean };
}

/** How llama.cpp knows a family of Llama-like decoders. */
export const gatedGguf = ({ biases, ...habits }: GatedGguf): GgufLayout<GatedDecoderDimensions> => ({
  ...habits,
  keys: (model) => ({
    vocab_size: whole(model.vocabulary),
    context_length: whole(model.maxSequence),
    embedding_length: whole(model.hidden),
    block_count: whole(model.layers),
    feed_forward_length: whole(model.ffn),
    'attention.head_count': whole(model.heads),
    'attention.head_count_kv': whole(model.kvHeads),
    'attention.key_length': whole(model.headWidth),
    'attention.value_length': whole(model.headWidth),
    'attention.layer_norm_rms_epsilon': real(model.normEpsilon),
    'rope.freq_base': real(model.rotaryTheta),
    'rope.dimension_count': whole(model.headWidth),
    ...scalingKeys(model),
  }),
  obstacle(model) {
    if (model.activation !== 'silu') return `a gate of ${model.activation}; llama.cpp computes silu`;
    const { rotaryScaling: scaling } = model;
    if (scaling.kind === 'yarn' && (scaling.fastTurns !== 32 || scaling.slowTurns !== 1 || !scaling.wholePairs)) {
      return 'yarn positions with bounds of their own';
    }
    if (scaling.kind === 'yarn' && Math.abs(scaling.amplitude - usualAmplitude(scaling.factor)) > 1e-6) {
      return 'yarn positions with an amplitude of their own';
    }
    const surplus = (['read', 'output', 'ffn'] as const).find((place) => model.biases[place] && !biases[place]);
    return (
      surplus &&
      `biases of ${{ read: 'query, key and value', output: "attention's output", ffn: 'the feed-forward network' }[surplus]}`
    );
  },
  constants: (model) => {
    if (model.rotaryScaling.kind !== 'llama3') return [];
    const [plain, scaled] = [{ kind: 'none' } as const, model.rotaryScaling].map((scaling) =>
      rotaryFrequencies(model.headWidth, model.rotaryTheta, scaling),
    );
    return [{ name: 'rope_freqs.weight', values: plain!.map((frequency, j) => frequency / scaled![j]!) }];
  },
});

/** What llama.cpp multiplies both tables by, whatever the file says. */
const usualAmplitude = (factor: number): number => (factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1);

function scalingKeys({ rotaryScaling: scaling }: GatedDecoderDimensions): Readonly<Record<string, GgufValue>> {
  switch (scaling.kind) {
    // Llama 3's frequencies are a tensor.
    case 'none':
    case 'llama3':
      return {};
    case 'linear':
      return { 'rope.scaling.type': text('linear'), 'rope.scaling.factor': real(scaling.factor) };
    case 'yarn':
      return {
        'rope.scaling.type': text('yarn'),
        'rope.scaling.factor': real(scaling.factor),
        'rope.scaling.original_context_length': whole(scaling.length),
      };
  }
}
