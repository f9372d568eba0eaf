import { beforeAll, describe, expect, it } from 'vitest';
import { elements } from '../../extension/graph/tensor.ts';
import type { ModelOutline } from '../../extension/methods/declaration/method.ts';
import { countParameters } from '../../extension/methods/entries/count.ts';
import { entryNames } from '../../extension/methods/entries/entryOptions.ts';
import { foldStored, mergeObstacle, mergeUnion, storedMethods } from '../../extension/methods/entries/union.ts';
import type { EncoderDimensions } from '../../extension/models/architecture/encoder.ts';
import { constantsOf } from '../../extension/models/families.ts';
import { configured, tinyModel } from './outlines.ts';
import { baseWeights, headOf, largest, largestDifference, TinyRun, type Values } from './tinyRun.ts';

interface Case {
  readonly methods: unknown;
  /** Numbers trained on BERT, written down independently of the declarations. */
  readonly formula: (sizes: EncoderDimensions) => number;
  readonly startsFrozen: boolean;
  readonly merges: boolean;
  /** Also tried on the other architectures. */
  readonly everywhere?: true;
}

const norms = ({ layers: L, hidden: d, embedding: e }: EncoderDimensions) => 4 * d * L + 2 * e;
const bottleneck = ({ layers: L, hidden: d }: EncoderDimensions, r: number) => L * (2 * d * r + r + d);
const keysAndValues = ({ layers: L, hidden: d }: EncoderDimensions, l: number) => 2 * l * d * L;
const allBiases = ({ layers: L, hidden: d, ffn: f, embedding: e }: EncoderDimensions) => L * (7 * d + f) + e;

/** At least one case for every method and preset of the registry. */
const cases: readonly Case[] = [
  {
    methods: 'full',
    formula: ({ layers: L, hidden: d, ffn: f, vocabulary, positionRows, tokenTypes }) =>
      d * (vocabulary + positionRows + tokenTypes + 2) + L * (4 * d * d + 4 * d + 2 * d * f + f + d + 4 * d),
    startsFrozen: true,
    merges: true,
    everywhere: true,
  },
  { methods: 'head-only', formula: () => 0, startsFrozen: true, merges: true },
  { methods: 'ln-tuning', formula: norms, startsFrozen: true, merges: true, everywhere: true },
  {
    methods: { 'ln-tuning': { terms: 'gain', layers: [1] } },
    formula: ({ hidden: d }) => 2 * d,
    startsFrozen: true,
    merges: true,
  },
  { methods: 'bitfit', formula: allBiases, startsFrozen: true, merges: true, everywhere: true },
  {
    methods: { lora: { rank: 2 } },
    formula: ({ layers: L, hidden: d }) => 4 * 2 * d * L,
    startsFrozen: true,
    merges: true,
  },
  {
    methods: { lora: { rank: 3, alpha: 5, targets: ['query', 'key', 'value', 'output', 'up', 'down'] } },
    formula: ({ layers: L, hidden: d, ffn: f }) => 3 * L * (8 * d + 2 * (d + f)),
    startsFrozen: true,
    merges: true,
    everywhere: true,
  },
  {
    methods: [{ lora: { rank: 2 } }, { lora: { rank: 3, alpha: 5, targets: ['query', 'up'], layers: [1] } }],
    formula: ({ layers: L, hidden: d, ffn: f }) => 4 * 2 * d * L + 3 * (2 * d) + 3 * (d + f),
    startsFrozen: true,
    merges: true,
  },
  {
    methods: [2, 3].map((bottleneck) => ({ adapter: { bottleneck, activation: 'tanh' } })),
    formula: (sizes) => bottleneck(sizes, 2) + bottleneck(sizes, 3),
    startsFrozen: false,
    merges: false,
  },
  { methods: 'ia3', formula: ({ layers: L, hidden: d, ffn: f }) => (2 * d + f) * L, startsFrozen: true, merges: true },
  {
    methods: { ia3: { attention_output: true } },
    formula: ({ layers: L, hidden: d, ffn: f }) => (3 * d + f) * L,
    startsFrozen: true,
    merges: true,
    everywhere: true,
  },
  { methods: { prefix: { length: 3 } }, formula: (m) => keysAndValues(m, 3), startsFrozen: false, merges: false },
  {
    methods: { prefix: { length: 1, positions: 'unchanged' } },
    formula: (m) => keysAndValues(m, 1),
    startsFrozen: false,
    merges: false,
  },
  {
    methods: { prefix: { length: 6, mlp: true, mlp_width: 5 } },
    formula: ({ layers: L, hidden: d }) => 6 * d + d * 5 + 5 + 5 * 2 * L * d + 2 * L * d,
    startsFrozen: false,
    merges: false,
    everywhere: true,
  },
  {
    methods: { adapter: { at: 'attention', bottleneck: 4, activation: 'gelu' } },
    formula: (m) => bottleneck(m, 4),
    startsFrozen: false,
    merges: false,
    everywhere: true,
  },
  {
    methods: { adapter: { placement: 'parallel', bottleneck: 4, activation: 'tanh', scale: 2 } },
    formula: (m) => bottleneck(m, 4),
    startsFrozen: true,
    merges: false,
  },
  {
    methods: { houlsby: { bottleneck: 4, train_norms: true, adapter: { activation: 'swish' } } },
    formula: (m) => 2 * bottleneck(m, 4) + norms(m),
    startsFrozen: false,
    merges: false,
  },
  { methods: { pfeiffer: { bottleneck: 8 } }, formula: (m) => bottleneck(m, 8), startsFrozen: false, merges: false },
  {
    methods: { mam: { length: 2, bottleneck: 8 } },
    formula: (m) => keysAndValues(m, 2) + bottleneck(m, 8),
    startsFrozen: false,
    merges: false,
  },
  {
    methods: { unified: { length: 2, bottleneck: 4 } },
    formula: (m) => keysAndValues(m, 2) + bottleneck(m, 4) + norms(m),
    startsFrozen: false,
    merges: false,
    everywhere: true,
  },
  {
    methods: { lora: { rank: 2, gated: true } },
    formula: ({ layers: L, hidden: d }) => 2 * L * (4 * d + d + 1),
    startsFrozen: true,
    merges: false,
    everywhere: true,
  },
  {
    methods: { unified: { length: 2, bottleneck: 4, gated: true } },
    formula: (m) => keysAndValues(m, 2) + bottleneck(m, 4) + norms(m) + 2 * m.layers * (m.hidden + 1),
    startsFrozen: false,
    merges: false,
    everywhere: true,
  },
  {
    methods: { prefix: { length: 4, mlp: true, mlp_width: 3, gated: true } },
    formula: ({ layers: L, hidden: d }) => 4 * d + d * 3 + 3 + 3 * 2 * L * d + 2 * L * d + L * (d + 1),
    startsFrozen: false,
    merges: false,
  },
  {
    methods: { mam: { length: 2, bottleneck: 8, gated: true } },
    formula: (m) => keysAndValues(m, 2) + bottleneck(m, 8) + 2 * m.layers * (m.hidden + 1),
    startsFrozen: false,
    merges: false,
  },
  {
    methods: ['ia3', 'bitfit', { lora: { rank: 2, targets: ['key', 'value', 'down'] } }],
    formula: (m) => (2 * m.hidden + m.ffn) * m.layers + allBiases(m) + 2 * m.layers * (4 * m.hidden + m.hidden + m.ffn),
    startsFrozen: true,
    merges: true,
    everywhere: true,
  },
  {
    methods: ['bitfit', { prefix: { length: 2 } }],
    formula: (m) => allBiases(m) + keysAndValues(m, 2),
    startsFrozen: false,
    merges: false,
  },
];

const distilbert = { model_type: 'distilbert', dim: 8, n_layers: 2, n_heads: 2, hidden_dim: 12, activation: 'gelu' };
const models: Readonly<Record<string, ModelOutline>> = {
  bert: tinyModel(),
  roberta: tinyModel({ model_type: 'roberta', pad_token_id: 1, type_vocab_size: 1 }),
  distilbert: tinyModel(distilbert),
  modernbert: tinyModel({
    ...{
      model_type: 'modernbert',
      local_attention: 4,
      global_attn_every_n_layers: 2,
      classifier_pooling: 'mean',
      pad_token_id: 0,
    },
    ...{ norm_bias: true, attention_bias: true, mlp_bias: true },
  }),
  'albert with two shared blocks': tinyModel({
    ...{ model_type: 'albert', embedding_size: 6, num_hidden_layers: 5, num_hidden_groups: 2 },
  }),
  mpnet: tinyModel({ model_type: 'mpnet', pad_token_id: 1 }),
  'deberta-v2': tinyModel({
    ...{ model_type: 'deberta-v2', relative_attention: true, pos_att_type: 'p2c|c2p', share_att_key: true },
    ...{ position_buckets: 4, norm_rel_ebd: 'layer_norm', position_biased_input: false, type_vocab_size: 0 },
  }),
  'electra with narrow embeddings': tinyModel({ model_type: 'electra', embedding_size: 6 }),
};

/**
 * Key biases: a shift of all scores of a query leaves softmax as it is, unless a prefix key does not get the shift, or
 * keys are turned by their positions or multiplied with them.
 */
function withoutGradient({ model, methods, union }: TinyRun): readonly string[] {
  const isPlaced = constantsOf(model.dimensions).length > 0 || 'relative' in model.dimensions;
  if (isPlaced || methods.some(({ method }) => method.name === 'prefix')) return [];
  const biases = union.tunable.filter(({ spec }) => spec.site === 'attention.key' && spec.role === 'bias');
  return biases.map(({ spec }) => spec.name);
}

const backbone = (model: ModelOutline): ModelOutline => {
  const head = new Set(headOf(model).map(({ name }) => name));
  return { ...model, tensors: model.tensors.filter(({ name }) => !head.has(name)) };
};

it('has a case for every method and preset', () => {
  const named = cases.flatMap(({ methods }) =>
    typeof methods === 'string' ? [methods] : Object.keys(methods as object),
  );
  expect(entryNames.filter((name) => !named.includes(name))).toEqual([]);
});

describe.each(Object.entries(models))('on %s', (architecture, model) => {
  const chosen = cases.filter(({ everywhere }) => architecture === 'bert' || everywhere);
  let frozen: Float32Array;
  beforeAll(async () => {
    frozen = await new TinyRun(model, []).logits(new Map());
  });

  describe.each(chosen)('$methods', ({ methods, formula, startsFrozen, merges }) => {
    const run = new TinyRun(model, configured(methods));

    it('declares what is built, and as many numbers as the formula says', () => {
      const declared = new Map(run.union.tunable.map(({ spec }) => [spec.name, spec.shape]));
      expect(run.built()).toEqual(declared);
      const built = [...run.built().values()].reduce((total, shape) => total + elements(shape), 0);
      expect(countParameters(model, run.methods, headOf(model)).methodTrained).toBe(built);
      if (architecture === 'bert') expect(built).toBe(formula(model.dimensions as EncoderDimensions));
    });

    it('belongs to exactly one of method, base and head', () => {
      const names = [
        ...run.union.tunable.map(({ spec }) => spec.name),
        ...run.union.frozen.map(({ name }) => name),
        ...run.union.head.map(({ name }) => name),
      ];
      expect(new Set(names).size).toBe(names.length);
      const everything = [...model.tensors, ...headOf(model), ...run.union.added].map(({ name }) => name);
      expect(new Set(names)).toEqual(new Set(everything));
    });

    it(startsFrozen ? 'starts equal to the frozen model' : 'starts near, not at, the frozen model', async () => {
      const difference = largestDifference(await run.logits(run.first), frozen);
      if (startsFrozen) expect(difference).toBeLessThan(1e-6);
      else expect(difference).toBeGreaterThan(1e-6);
    });

    it('gives every declared tensor a gradient', async () => {
      const found = await run.gradients(run.moved());
      const silent = [...found].filter(([, gradient]) => !(largest(gradient) > 1e-6)).map(([name]) => name);
      expect(silent).toEqual(withoutGradient(run));
    });

    it('changes declared tensors and nothing else', async () => {
      const before = new Map([...run.base].map(([name, values]) => [name, values.slice()]));
      const start = run.moved();
      const after = await run.trained(start);
      expect(new Set(after.keys())).toEqual(new Set(run.first.keys()));
      const still = [...after].filter(([name, values]) => largestDifference(values, start.get(name)!) === 0);
      expect(withoutGradient(run)).toEqual(expect.arrayContaining(still.map(([name]) => name)));
      expect(run.base).toEqual(before);
    });

    it('keeps its effect in what it stores', async () => {
      const values = run.moved();
      const kept = new Map(values);
      foldStored(model, run.methods, access(values, kept));
      const stored = new TinyRun(model, storedMethods(run.methods));
      const exactly = new Map([...stored.first.keys()].map((name) => [name, kept.get(name)!]));
      expect([...exactly.values()].every((tensor) => tensor !== undefined)).toBe(true);
      expect(largestDifference(await stored.logits(exactly), await run.logits(values))).toBeLessThan(1e-5);
    });

    it(merges ? 'merges into the base weights' : 'says why it cannot be merged', async () => {
      const values = run.moved();
      const merged = new Map(baseWeights(model));
      const tensors = access(new Map([...merged, ...values]), merged);
      if (!merges) {
        expect(mergeObstacle(model.dimensions, run.methods)).toMatch(/^(prefix|adapter|lora) cannot be merged: .{30}/);
        expect(() => mergeUnion(backbone(model), run.methods, tensors)).toThrow(/cannot be merged: /);
        return;
      }
      expect(mergeObstacle(model.dimensions, run.methods)).toBeUndefined();
      mergeUnion(backbone(model), run.methods, tensors);
      const plain = new TinyRun(model, [], merged);
      expect(new Set(merged.keys())).toEqual(new Set(run.base.keys()));
      const tuned = await run.logits(values);
      if (values.size > 0) expect(largestDifference(tuned, frozen)).toBeGreaterThan(1e-2);
      expect(largestDifference(await plain.logits(new Map()), tuned)).toBeLessThan(2e-5);
    });
  });
});

/** Reads what was written before, else the values; writes into `target`. */
function access(values: Values, target: Map<string, Float32Array>) {
  const written = new Set<string>();
  return {
    read(name: string): Float32Array {
      const found = written.has(name) ? target.get(name) : values.get(name);
      if (!found) throw new RangeError(`nothing is called ${name}`);
      return found;
    },
    write(name: string, tensor: Float32Array): void {
      written.add(name);
      target.set(name, tensor);
    },
  };
}
