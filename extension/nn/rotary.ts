/** How rotary positions are stretched beyond the length that a model was first trained on. */
export type RotaryScaling =
  | { readonly kind: 'none' }
  /** Every angle divided by `factor`. */
  | { readonly kind: 'linear'; readonly factor: number }
  /** Slow angles divided by `factor`, fast ones left, those between blended: Llama 3.1. */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFactor: number;
      readonly highFactor: number;
      /** The length first trained on. */
      readonly length: number;
    }
  /** As llama3, blended by the pair's number; what attention scores gain by it stands in both tables. */
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      /** Of both tables. */
      readonly amplitude: number;
      /** Pairs that turn at least so often within `length` are left, */
      readonly fastTurns: number;
      /** and those that turn at most so often are slowed in full. */
      readonly slowTurns: number;
      /** Whether the blend begins and ends at whole pairs. */
      readonly wholePairs: boolean;
      /** The length first trained on. */
      readonly length: number;
    };

/**
 * Angle of each pair of numbers from one position to the next: θ^(−2j/E), j = 0 … E/2 − 1, after scaling.
 * @see Su et al., "RoFormer", arXiv 2104.09864; Peng et al., "YaRN", arXiv 2309.00071; llama3 and yarn's bounds as
 *   transformers' modeling_rope_utils has them
 */
export function rotaryFrequencies(width: number, theta: number, scaling: RotaryScaling): Float32Array {
  const plain = Float32Array.from({ length: width / 2 }, (_, j) => 1 / theta ** ((2 * j) / width));
  switch (scaling.kind) {
    case 'none':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'llama3': {
      const { factor, lowFactor, highFactor, length } = scaling;
      return plain.map((frequency) => {
        const turns = (length * frequency) / (2 * Math.PI);
        if (turns > highFactor) return frequency;
        if (turns < lowFactor) return frequency / factor;
        const smooth = (turns - lowFactor) / (highFactor - lowFactor);
        return ((1 - smooth) * frequency) / factor + smooth * frequency;
      });
    }
    case 'yarn': {
      const { factor, fastTurns, slowTurns, wholePairs, length } = scaling;
      const pairOf = (turns: number) => (width * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
      const [low, high] = [pairOf(fastTurns), pairOf(slowTurns)];
      const first = Math.max(wholePairs ? Math.floor(low) : low, 0);
      const last = Math.min(wholePairs ? Math.ceil(high) : high, width - 1);
      const blend = first === last ? 0.001 : last - first;
      return plain.map((frequency, j) => {
        const slowed = Math.min(Math.max((j - first) / blend, 0), 1);
        return (frequency / factor) * slowed + frequency * (1 - slowed);
      });
    }
  }
}

/** The factor of both tables. */
export const rotaryAmplitude = (scaling: RotaryScaling): number => (scaling.kind === 'yarn' ? scaling.amplitude : 1);

/** cos or sin of every position's angles, f32[rows,E/2]; angles are rounded to f32, as PyTorch's are. */
export function rotaryTable(rows: number, frequencies: Float32Array, of: (angle: number) => number): Float32Array {
  const { length } = frequencies;
  const angle = (i: number) => Math.fround(Math.floor(i / length) * frequencies[i % length]!);
  return Float32Array.from({ length: rows * length }, (_, i) => of(angle(i)));
}
