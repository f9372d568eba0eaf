import * as z from 'zod';
import type { RotaryScaling } from '../../nn/rotary.ts';
import { tableRows } from '../model/configKeys.ts';

const factor = z.number().positive().max(1e6);
const theta = z.number().gt(1).max(1e12);
// transformers' classes of these families turn whole heads, whatever this key says, or fail on it.
const wholeHeads = z.literal(1, { error: 'only 1 is supported: whole heads are turned' }).nullish();

/** What may stand beside every kind. */
const common = { rope_theta: theta.nullish(), partial_rotary_factor: wholeHeads };
/** The length first trained on. */
const original = { original_max_position_embeddings: tableRows.nullish() };

const unknownKind = 'only default, linear, dynamic, llama3 and yarn are supported';
const positions = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ ...common, rope_type: z.literal('default') }),
    z.object({ ...common, rope_type: z.literal('linear'), factor }),
    z.object({ ...common, rope_type: z.literal('dynamic'), factor }),
    z.object({
      ...common,
      ...original,
      rope_type: z.literal('llama3'),
      factor,
      low_freq_factor: factor,
      high_freq_factor: factor,
    }),
    z.object({
      ...common,
      ...original,
      rope_type: z.literal('yarn'),
      factor: factor.nullish(),
      attention_factor: factor.nullish(),
      beta_fast: factor.nullish(),
      beta_slow: factor.nullish(),
      mscale: z.number().nonnegative().max(1e6).nullish(),
      mscale_all_dim: z.number().nonnegative().max(1e6).nullish(),
      truncate: z.boolean().default(true),
    }),
  ],
  { error: unknownKind },
);

/** Files of transformers before 5 say `type` for `rope_type`, or nothing; an empty object says nothing at all. */
const written = z
  .preprocess((value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (Object.keys(value).length === 0) return null;
    if (Object.values(value).some((inner) => typeof inner === 'object' && inner !== null && !Array.isArray(inner))) {
      context.addIssue({ code: 'custom', message: 'positions of each layer type are not supported', input: value });
      return z.NEVER;
    }
    const { rope_type, type } = value as { readonly rope_type?: unknown; readonly type?: unknown };
    const kind = rope_type ?? type ?? 'default';
    if (rope_type == null && !positions.options.some(({ shape }) => shape.rope_type.value === kind)) {
      // Named where it stands.
      context.addIssue({ code: 'custom', path: ['type'], message: unknownKind, input: kind });
      return z.NEVER;
    }
    return { ...value, rope_type: kind };
  }, positions.nullish())
  .optional();

/** Keys of rotary positions: transformers 5 writes `rope_parameters`, earlier ones `rope_theta` and `rope_scaling`. */
export const rotaryKeys = {
  max_position_embeddings: tableRows,
  rope_theta: theta.nullish(),
  rope_scaling: written,
  rope_parameters: written,
  partial_rotary_factor: wholeHeads,
  original_max_position_embeddings: tableRows.nullish(),
};
const keys = z.object(rotaryKeys);

/** θ and the stretching of positions, as transformers reads them: `rope_scaling` goes before `rope_parameters`. */
export function rotaryPositions(config: z.infer<typeof keys>): {
  readonly rotaryTheta: number;
  readonly rotaryScaling: RotaryScaling;
} {
  const found = config.rope_scaling ?? config.rope_parameters ?? { rope_type: 'default' as const };
  return {
    rotaryTheta: found.rope_theta ?? config.rope_theta ?? 10_000,
    rotaryScaling: scalingOf(found, config),
  };
}

function scalingOf(found: z.infer<typeof positions>, config: z.infer<typeof keys>): RotaryScaling {
  switch (found.rope_type) {
    case 'default':
    // Stretches texts longer than max_position_embeddings alone, which no run may have.
    case 'dynamic':
      return { kind: 'none' };
    case 'linear':
      return { kind: 'linear', factor: found.factor };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: found.factor,
        lowFactor: found.low_freq_factor,
        highFactor: found.high_freq_factor,
        length: firstLength(found, config),
      };
    case 'yarn': {
      const length = firstLength(found, config);
      const stretch = found.factor ?? config.max_position_embeddings / length;
      return {
        kind: 'yarn',
        factor: stretch,
        amplitude: found.attention_factor ?? yarnAmplitude(stretch, found.mscale, found.mscale_all_dim),
        fastTurns: found.beta_fast ?? 32,
        slowTurns: found.beta_slow ?? 1,
        wholePairs: found.truncate,
        length,
      };
    }
  }
}

const firstLength = (
  found: { readonly original_max_position_embeddings?: number | null | undefined },
  config: z.infer<typeof keys>,
): number =>
  config.original_max_position_embeddings ?? found.original_max_position_embeddings ?? config.max_position_embeddings;

/** @see Peng et al., "YaRN", arXiv 2309.00071, equation 22; the ratio of two scales as DeepSeek's configs have it */
function yarnAmplitude(factor: number, scale?: number | null, scaleAll?: number | null): number {
  const of = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return scale && scaleAll ? of(scale) / of(scaleAll) : of(1);
}
