import { lnTuning } from './lnTuning.ts';
import { prefix } from './prefix.ts';
import { presets, unified } from './presets.ts';
import { isReference, methods } from './registry.ts';

/** A set of methods that people are offered to tune with. */
export interface MethodSet {
  /** Entries of a config's `methods`. */
  readonly methods: readonly string[];
  readonly title: string;
  readonly summary: string;
}

const single = ({ name, title, summary }: Omit<MethodSet, 'methods'> & { readonly name: string }): MethodSet => ({
  methods: [name],
  title,
  summary,
});

/** A union that papers found good, beside the presets. */
const withPrefix: MethodSet = {
  methods: [prefix.name, lnTuning.name],
  title: 'Prefix + LN-tuning',
  summary: 'A prefix at attention and the gain and bias of every LayerNorm.',
};

/** LN-tuning first, then its unions, then the methods they are compared with; the references last. */
export const methodSets: readonly MethodSet[] = [
  single(lnTuning),
  single(unified),
  withPrefix,
  ...methods.filter((method) => method !== lnTuning && !isReference(method.name)).map(single),
  ...presets.filter((preset) => preset !== unified).map(single),
  ...methods.filter(({ name }) => isReference(name)).map(single),
];
