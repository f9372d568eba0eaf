import * as z from 'zod';
import { add, affine, concat, divide, linear, multiply, reshape, slice, sum, tanh, toFloat } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';
import { familyOf } from '../models/families.ts';
import { writingHead } from '../models/model/model.ts';
import type { SiteTransforms } from '../models/model/sites.ts';
import { gatedOption, gateOf, gateTensors } from './declaration/gate.ts';
import type { AddedTensor, Initializer, Method, ModelOutline } from './declaration/method.ts';
import { MethodError } from './declaration/methodError.ts';

const options = z.strictObject({
  length: z.int().min(1).default(16).describe('Prefix length l: learned keys and values in every block.'),
  positions: z
    .enum(['shifted', 'unchanged'])
    .default('shifted')
    .describe(
      'Where real tokens sit: `shifted` to l, l+1, … (PEFT, P-tuning v2; the sequence is at most max − l) or ' +
        '`unchanged` (AdapterHub, MAM). The two give different logits; only `shifted` can be exported to PEFT.',
    ),
  mlp: z
    .boolean()
    .default(false)
    .describe(
      'Train the prefix through an MLP, Embedding(l,d) → Linear(d,m) → tanh → Linear(m,2Ld); folded away at save.',
    ),
  mlp_width: z.int().min(1).default(512).describe('Width m of the MLP.'),
  init: z
    .enum(['auto', 'random', 'tokens'])
    .default('auto')
    .describe(
      'First values: drawn at `random`, or the keys and values that the model computes of the first `length` real ' +
        '`tokens` of the training rows, so that tuning starts from what attention knows (not with `mlp`). `auto`: ' +
        '`tokens` on decoders, which a random start harms, and `random` on other models and with `mlp`.',
    ),
  init_std: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'Standard deviation of random first values: 1 as in PEFT; smaller starts nearer to the frozen model. First values ' +
        'from tokens have their own; on a decoder, set `init: random` for it. Below 1 the default rate of models ' +
        'narrower than 512 is lower, whatever the first values are.',
    ),
  gated: gatedOption,
});
type PrefixOptions = z.infer<typeof options>;

const names = {
  key: (layer: number) => `prefix.layer.${layer}.key`,
  value: (layer: number) => `prefix.layer.${layer}.value`,
  gate: (layer: number) => `prefix.layer.${layer}.gate`,
  embedding: 'prefix.embedding.weight',
  inWeight: 'prefix.mlp.in.weight',
  inBias: 'prefix.mlp.in.bias',
  outWeight: 'prefix.mlp.out.weight',
  outBias: 'prefix.mlp.out.bias',
} as const;

const spec = { site: 'attention.keyvalue', layer: null } as const;

/** What the MLP form trains: l·d + d·m + m + m·2Ld + 2Ld numbers, initialised as torch.nn.Embedding and Linear are. */
function mlpTensors({ dimensions }: ModelOutline, { length, mlp_width, init_std }: PrefixOptions): AddedTensor[] {
  const { hidden, layers, keyValueWidth } = dimensions;
  const width = 2 * layers * keyValueWidth;
  const fanIn = (inputs: number) => ({ kind: 'uniform', bound: 1 / Math.sqrt(inputs) }) as const;
  const initializer = { kind: 'normal', deviation: init_std } as const;
  return [
    { ...spec, name: names.embedding, shape: [length, hidden], role: 'table', initializer },
    { ...spec, name: names.inWeight, shape: [mlp_width, hidden], role: 'weight', initializer: fanIn(hidden) },
    { ...spec, name: names.inBias, shape: [mlp_width], role: 'bias', initializer: fanIn(hidden) },
    { ...spec, name: names.outWeight, shape: [width, mlp_width], role: 'weight', initializer: fanIn(mlp_width) },
    { ...spec, name: names.outBias, shape: [width], role: 'bias', initializer: fanIn(mlp_width) },
  ];
}

/** zeros[…,1] → zeros[…,count], by doubling. */
function repeatColumn(column: Value, count: number): Value {
  if (count === 1) return column;
  const axis = column.shape.length - 1;
  const half = repeatColumn(column, Math.floor(count / 2));
  const even = concat(half, half, axis);
  return count % 2 === 0 ? even : concat(even, column, axis);
}

const positionsTaken = ({ positions, length }: PrefixOptions): number => (positions === 'shifted' ? length : 0);

/** [l, 2·L·d], columns K0, V0, K1, V1, …: flat, whatever trained it. */
const promptKey = 'prompt_embeddings';
const peftConfig = z.looseObject({
  num_virtual_tokens: z.int().positive(),
  num_transformer_submodules: z.literal(1).nullish(),
});

const learningRate = { default: 5e-3, tiny: 1e-1, small: 2e-2, low: 1e-5, high: 0.2 };

/** Learned keys and values stand before the sequence's own in every block: attention over [P_k; K], [P_v; V]. */
export const prefix: Method<PrefixOptions> = {
  name: 'prefix',
  title: 'Prefix-tuning',
  summary:
    'Puts `length` learned keys and values before the sequence in every block and extends the mask. With `mlp: true` ' +
    'they are trained through a small network that is folded away at save.',
  findings:
    'Prefix + adapter on attention + LN-tuning is the best union found in arXiv 2211.08682. With 0.1 % of ' +
    'the parameters, changing attention by a prefix does best; with more, changing the FFN does (arXiv 2110.04366).',
  paper:
    'Xiang Lisa Li, Percy Liang. Prefix-Tuning: Optimizing Continuous Prompts for Generation. arXiv 2101.00190; for ' +
    'encoders: Xiao Liu et al. P-Tuning v2. arXiv 2110.07602',
  letters: { l: 'length' },
  options,
  learningRate,
  // What begins near nothing goes less far in one step (docs/defaults.md).
  rateWith: ({ init_std }) => (init_std < 1 ? { ...learningRate, tiny: 3e-2, small: 5e-3 } : learningRate),
  modules(model, options) {
    const { layers, keyValueWidth: width } = model.dimensions;
    const { length, positions, mlp, init_std, gated } = options;
    const isDecoder = familyOf(model.dimensions).heads[writingHead] !== undefined;
    const init = options.init !== 'auto' ? options.init : isDecoder && !mlp ? 'tokens' : 'random';
    const most = model.dimensions.maxSequence - 1;
    if (positions === 'shifted' && length > most) {
      const rule = `must be 1 … ${most} for this model of ${most + 1} positions, got ${length}`;
      throw new MethodError('prefix', 'length', rule, 'shorten it, or set positions: unchanged');
    }
    if (init === 'tokens' && mlp) {
      throw new MethodError(
        'prefix',
        'init',
        'must be random where an MLP makes the prefix, got tokens',
        'set mlp: false',
      );
    }
    if (init === 'tokens' && length > most + 1) {
      const rule = `must be 1 … ${most + 1} where it starts from tokens, the positions of this model, got ${length}`;
      throw new MethodError('prefix', 'length', rule, 'shorten it, or set init: random');
    }
    if (gated && isDecoder) {
      const rule = 'must be false for models that write text, got true';
      const cure = 'leave it out: a gate reads the whole text, and a token must not read later ones';
      throw new MethodError('prefix', 'gated', rule, cure);
    }
    const first = (layer: number, part: 'key' | 'value'): Initializer =>
      init === 'tokens' ? { kind: 'tokens', layer, part } : { kind: 'normal', deviation: init_std };
    const direct = (layer: number): readonly AddedTensor[] =>
      (['key', 'value'] as const).map((part) => ({
        ...spec,
        name: names[part](layer),
        part: `prefix ${part}`,
        shape: [length, width],
        role: 'table',
        layer,
        initializer: first(layer, part),
      }));
    const blocks = Array.from({ length: layers }, (_, layer) => layer);
    const gates = blocks.flatMap((layer) =>
      gateTensors(names.gate(layer), model.dimensions.hidden, { site: spec.site, layer, part: 'prefix gate' }),
    );
    return {
      unfrozen: [],
      added: [...(mlp ? mlpTensors(model, options) : blocks.flatMap(direct)), ...(gated ? gates : [])],
      apply(parameter, batch) {
        const tables = mlp ? mlpTables(parameter, width) : directTables(parameter);
        const positionShift = positionsTaken(options);
        if (!gated) return { positionShift, keyValue: beforeSequence(length, width, tables) };
        /** What the values of the block at hand are made of: its keys' layer may read places too. */
        let read: Value | undefined;
        return {
          positionShift,
          linearInput(site, _, x) {
            if (site === 'attention.value') read = x;
            return x;
          },
          keyValue: beforeSequence(length, width, tables, (layer) =>
            meanOfReal(gateOf(parameter, names.gate(layer), read!), batch.attentionMask()),
          ),
        };
      },
    };
  },
  storedForm: {
    // An MLP's prefix started at random, also where others start from tokens.
    options: (options) => (options.mlp ? { ...options, mlp: false, init: 'random' } : options),
    /** Rows of W_out·tanh(W_in·e + b_in) + b_out, cut into K and V of each block: columns K0, V0, K1, V1, … */
    fold(model, options, tensors) {
      if (!options.mlp) return;
      const { hidden, layers, keyValueWidth } = model.dimensions;
      const { length, mlp_width: width } = options;
      const embedding = tensors.read(names.embedding);
      const middle = dense(embedding, tensors.read(names.inWeight), tensors.read(names.inBias), length, hidden, width);
      const flatWidth = 2 * layers * keyValueWidth;
      const [weight, bias] = [tensors.read(names.outWeight), tensors.read(names.outBias)];
      const flat = dense(middle.map(Math.tanh), weight, bias, length, width, flatWidth);
      for (const [name, values] of unpacked(flat, layers, keyValueWidth)) tensors.write(name, values);
    },
  },
  cannotMerge: () => 'learned keys and values stand beside the sequence: no weight of the model holds them',
  positions: { option: 'length', taken: positionsTaken },
  peft: {
    type: 'PREFIX_TUNING',
    wrapper: 'base_model.',
    obstacle: ({ positions, gated }, model) =>
      gated
        ? 'PEFT has no gates'
        : positions === 'shifted'
          ? familyOf(model).prefixObstacle
          : 'PEFT moves the positions of real tokens behind the prefix, and this one was trained with positions: unchanged',
    write({ options: { length }, dimensions, added, values }) {
      const { layers, hidden, heads, kvHeads = heads, keyValueWidth: width } = dimensions;
      const data = new Float32Array(length * added.length * width);
      for (const [part, { name }] of added.entries()) {
        for (let row = 0; row < length; row++) {
          const from = values(name).subarray(row * width, (row + 1) * width);
          data.set(from, (row * added.length + part) * width);
        }
      }
      return {
        config: {
          num_virtual_tokens: length,
          token_dim: width,
          num_layers: layers,
          num_attention_heads: kvHeads,
          num_transformer_submodules: 1,
          encoder_hidden_size: hidden,
          prefix_projection: false,
        },
        tensors: new Map([[promptKey, { shape: [length, added.length * width], data }]]),
      };
    },
    packed: {
      key: promptKey,
      unpack({ shape, data }, { layers, keyValueWidth }) {
        const width = 2 * layers * keyValueWidth;
        if (shape.length !== 2 || shape[1] !== width) return `must be [l,${width}] for this model, got [${shape}]`;
        return unpacked(data, layers, keyValueWidth);
      },
    },
    read: (stored) => [{ length: stored.config(peftConfig).num_virtual_tokens }],
  },
};

type Parameter = (name: string) => Value;

/** The prefix of a block: keys and values, f32[l,K] each, K their width: less than d where heads share them. */
type Tables = (layer: number) => readonly [Value, Value];

const directTables =
  (parameter: Parameter): Tables =>
  (layer) => [parameter(names.key(layer)), parameter(names.value(layer))];

function mlpTables(parameter: Parameter, width: number): Tables {
  const middle = linear(parameter(names.embedding), parameter(names.inWeight), parameter(names.inBias));
  const flat = linear(tanh(middle), parameter(names.outWeight), parameter(names.outBias)); // [l,2LK]
  const part = (index: number): Value => slice(flat, 1, index * width, (index + 1) * width);
  return (layer) => [part(2 * layer), part(2 * layer + 1)];
}

/** Mean of a gate[B,S,1] over the real tokens of each text, f32[B,1,1]. */
function meanOfReal(gate: Value, attentionMask: Value): Value {
  const real = toFloat(attentionMask); // [B,S]
  const column = reshape(real, [...real.shape, 1]);
  return divide(sum(multiply(gate, column), [1], true), sum(column, [1], true));
}

/** Puts a prefix before what attention reads of every example, where the mask lets it be seen. */
function beforeSequence(
  length: number,
  width: number,
  tables: Tables,
  /** f32[B,1,1] */
  gate?: (layer: number) => Value,
): NonNullable<SiteTransforms['keyValue']> {
  const zeros = new Map<Value, { readonly column: Value; readonly mask: Value }>();
  const zerosLike = (mask: Value) => {
    const column = affine(slice(mask, mask.shape.length - 1, 0, 1), 0); // [B,1], or [B,H,Q,1] where it differs by query
    const single = column.shape.length === 2 ? column : slice(slice(column, 1, 0, 1), 2, 0, 1);
    return { column: reshape(single, [column.shape[0]!, 1, 1]), mask: repeatColumn(column, length) };
  };
  return (layer, { key, value, mask }) => {
    const zero = zeros.get(mask) ?? zerosLike(mask);
    zeros.set(mask, zero);
    const factor = gate?.(layer);
    const perExample = (table: Value): Value => {
      const one = reshape(table, [1, length, width]);
      return factor ? multiply(one, factor) : add(one, zero.column); // [B,l,K]
    };
    const [ownKey, ownValue] = tables(layer);
    return {
      key: concat(perExample(ownKey), key, 1),
      value: concat(perExample(ownValue), value, 1),
      mask: concat(zero.mask, mask, mask.shape.length - 1),
    };
  };
}

/** [l,2LK], columns K0, V0, K1, V1, … → the keys and values of each block, [l,K] by name. */
function unpacked(flat: Float32Array, layers: number, width: number): ReadonlyMap<string, Float32Array> {
  const flatWidth = 2 * layers * width;
  const rows = flat.length / flatWidth;
  const part = (index: number): Float32Array => {
    const values = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      const start = row * flatWidth + index * width;
      values.set(flat.subarray(start, start + width), row * width);
    }
    return values;
  };
  const blocks = Array.from({ length: layers }, (_, layer) => layer);
  return new Map(
    blocks.flatMap((layer) => [
      [names.key(layer), part(2 * layer)] as const,
      [names.value(layer), part(2 * layer + 1)] as const,
    ]),
  );
}

/** x[rows,in]·weight[out,in]ᵀ + bias[out] → [rows,out] */
function dense(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  rows: number,
  inputs: number,
  outputs: number,
) {
  const y = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias[o]!;
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i]! * weight[o * inputs + i]!;
      y[r * outputs + o] = sum;
    }
  }
  return y;
}
