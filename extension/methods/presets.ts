import * as z from 'zod';
import { gatedOption } from './declaration/gate.ts';

/** One part of a preset: a method's name, and options in a config's own syntax that the preset sets. */
interface PresetPart {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A named union. Its options are short forms, handed to the parts they concern; beside them a config may write options
 * of one part under the part's name: `unified: {prefix: {length: 8}, adapter: {bottleneck: 32}}`.
 */
export interface Preset<Options = unknown> {
  readonly name: string;
  readonly title: string;
  /** Which methods it stands for (Markdown). */
  readonly summary: string;
  readonly findings?: string;
  readonly paper: string;
  /** Short forms, one schema each. */
  readonly options: z.ZodType<Options> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** Every method that it may consist of. */
  readonly partNames: readonly string[];
  parts(options: Options): readonly PresetPart[];
}

const bottleneck = z.int().min(1).max(8192).default(16).describe('Bottleneck width r of the adapter.');
const length = z.int().min(1).default(16).describe('Prefix length l.');
const union =
  'Wang Qi, Yu-Ping Ruan, Yuan Zuo, Taihao Li. Parameter-Efficient Tuning on Layer Normalization for Pre-trained ' +
  'Language Models. arXiv 2211.08682';

const houlsbyOptions = z.strictObject({
  bottleneck,
  train_norms: z.boolean().default(false).describe("Tune the LayerNorms too, as Houlsby's own code does."),
});
const houlsby: Preset<z.infer<typeof houlsbyOptions>> = {
  name: 'houlsby',
  title: 'Houlsby adapters',
  summary: 'Sequential adapters after attention and after the FFN of every block.',
  findings: 'Within 0.4 % of full tuning on GLUE, with 3.6 % of the parameters a task (arXiv 1902.00751).',
  paper: 'Neil Houlsby et al. Parameter-Efficient Transfer Learning for NLP. arXiv 1902.00751',
  options: houlsbyOptions,
  partNames: ['adapter', 'ln-tuning'],
  parts: ({ bottleneck, train_norms }) => [
    { method: 'adapter', options: { at: ['attention', 'ffn'], bottleneck } },
    ...(train_norms ? [{ method: 'ln-tuning', options: {} }] : []),
  ],
};

const pfeifferOptions = z.strictObject({ bottleneck });
const pfeiffer: Preset<z.infer<typeof pfeifferOptions>> = {
  name: 'pfeiffer',
  title: 'Pfeiffer adapter',
  summary:
    "A sequential adapter after the FFN only. Common libraries pass the pretrained LayerNorm twice at this adapter's " +
    'place, so that a tuned norm would act twice; here it is passed once.',
  paper:
    'Jonas Pfeiffer et al. AdapterFusion: Non-Destructive Task Composition for Transfer Learning. arXiv 2005.00247',
  options: pfeifferOptions,
  partNames: ['adapter'],
  parts: ({ bottleneck }) => [{ method: 'adapter', options: { at: ['ffn'], bottleneck } }],
};

const mamOptions = z.strictObject({ length, bottleneck, gated: gatedOption });
const mam: Preset<z.infer<typeof mamOptions>> = {
  name: 'mam',
  title: 'Mix-and-match adapter',
  summary: 'A prefix at attention and a scaled parallel adapter at the FFN.',
  findings:
    'A small prefix and a larger scaled parallel FFN adapter together come level with full tuning (arXiv 2110.04366).',
  paper: 'Junxian He et al. Towards a Unified View of Parameter-Efficient Transfer Learning. arXiv 2110.04366',
  options: mamOptions,
  partNames: ['prefix', 'adapter'],
  parts: ({ length, bottleneck, gated }) => [
    { method: 'prefix', options: { length, gated } },
    { method: 'adapter', options: { at: ['ffn'], placement: 'parallel', bottleneck, gated } },
  ],
};

const unifiedOptions = z.strictObject({ length, bottleneck, gated: gatedOption });
export const unified: Preset<z.infer<typeof unifiedOptions>> = {
  name: 'unified',
  title: 'Unified: prefix + attention adapter + LN-tuning',
  summary: "The union of a prefix, an adapter at attention and LN-tuning: the paper's best.",
  findings:
    'Tuning attention (MHA) and LN together is the best union found; FFN and LN together hurts (arXiv 2211.08682).',
  paper: union,
  options: unifiedOptions,
  partNames: ['prefix', 'adapter', 'ln-tuning'],
  // A prefix of N(0, 1) disturbs what its neighbours learn: docs/defaults.md.
  parts: ({ length, bottleneck, gated }) => [
    { method: 'prefix', options: { length, gated, init_std: 0.02 } },
    { method: 'adapter', options: { at: ['attention'], bottleneck, gated } },
    { method: 'ln-tuning', options: {} },
  ],
};

export const presets: readonly Preset[] = [houlsby, pfeiffer, mam, unified];

export const findPreset = (name: string): Preset | undefined => presets.find((preset) => preset.name === name);
