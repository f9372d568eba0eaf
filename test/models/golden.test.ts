import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { GraphSession } from '../../extension/engines/onnx/graphSession.ts';
import { placeWeights } from '../../extension/engines/onnx/weights/weights.ts';
import { gradients } from '../../extension/graph/gradients.ts';
import { crossEntropy, input, parameter } from '../../extension/graph/ops.ts';
import type { Feeds } from '../../extension/graph/tensor.ts';
import type { Graph, Value } from '../../extension/graph/value.ts';
import { gradientName } from '../../extension/graph/withGradients.ts';
import { constantsOf, familyOf } from '../../extension/models/families.ts';
import type { ForwardContext, HeadKind, RowSelection } from '../../extension/models/model/model.ts';
import { composeTransforms } from '../../extension/models/model/sites.ts';
import { noDropout } from '../../extension/nn/dropout.ts';

import { testDevice } from '../support/testDevice.ts';

const folder = fileURLToPath(new URL('../golden/models/', import.meta.url));
/** Logits that the transformers library computes for one padded batch; see make.py beside them. */
const golden = JSON.parse(readFileSync(`${folder}logits.json`, 'utf8')) as Record<
  string,
  {
    readonly feeds: Record<string, number[][]>;
    readonly shape: number[];
    readonly logits: number[];
    /** Of some: a class for each row, the summed loss, and its gradients by names without prefix. */
    readonly labels?: readonly number[];
    readonly loss?: number;
    readonly gradients?: Readonly<Record<string, readonly number[]>>;
  }
>;

interface Classes {
  readonly stored?: readonly string[];
  readonly labels?: readonly string[];
}

/** The graph of a model folder's logits, with the weights that it asks for. */
async function open(name: string, rows?: RowSelection, classes: Classes = {}) {
  const opened = await openModel(`${folder}${name}`);
  const id2label = classes.stored && { id2label: Object.fromEntries(classes.stored.entries()) };
  const model = { ...opened, config: { ...opened.config, ...id2label } };
  const { dimensions } = model;
  const head = name.replace(/^.*-(?=sequence$|token$|masked-lm$)/, '') as HeadKind;
  const weights = modelWeights(model, {
    head,
    outputs: head === 'masked-lm' ? dimensions.vocabulary : 3,
    labels: classes.labels ?? [],
    seed: 1,
  });
  expect(weights.fresh).toEqual([]);
  const own = [...weights.outline.tensors, ...weights.pooler, ...weights.head, ...constantsOf(dimensions)];
  const shapes = new Map(own.map((tensor) => [tensor.name, tensor.shape]));
  const values = new Map<string, Value>();
  const family = familyOf(dimensions);
  const built = family.heads[head]!(dimensions, weights.outputs);
  const context: ForwardContext = {
    parameter: (key) => {
      const value = values.get(key) ?? parameter(key, shapes.get(key)!, false);
      values.set(key, value);
      return value;
    },
    sites: composeTransforms([]),
    dropout: noDropout,
    input: (key) => input(key, 'i64', ['B', 'S']),
    rows: rows ?? built.rows,
  };
  const logits = built.logits(context, family.build(dimensions).encode(context));
  expect([...values.keys()].sort()).toEqual([...shapes.keys()].sort());
  return { logits, values, dimensions, frozen: await weights.frozen(shapes.keys()) };
}

/** What a graph gives for a batch, through the engine. */
async function run(
  graph: Graph,
  frozen: Parameters<typeof placeWeights>[0],
  batch: Readonly<Record<string, readonly (number | readonly number[])[]>>,
) {
  const session = await GraphSession.open(
    { graph, placements: placeWeights(frozen), trainable: new Map(), seed: 1 },
    { threads: 1, prepack: false, device: testDevice },
  );
  const feeds: Feeds = Object.fromEntries(
    Object.entries(batch).map(([key, rows]) => {
      const data = BigInt64Array.from(rows.flat(), BigInt);
      return [key, { dtype: 'i64', shape: [rows.length, ...(Array.isArray(rows[0]) ? [rows[0].length] : [])], data }];
    }),
  );
  const results = await session.run(feeds);
  const found = Object.entries(results).map(([key, { dims, data }]) => {
    return [key, { shape: [...dims], values: [...(data as Float32Array)] }] as const;
  });
  await session.close();
  return new Map(found);
}

async function logits(name: string, batch: Record<string, number[][]>, rows?: RowSelection, classes?: Classes) {
  const { logits, frozen } = await open(name, rows, classes);
  return (await run({ outputs: { logits } }, frozen, batch)).get('logits')!;
}

/** Of real tokens alone: what a padded one reads is of no concern. */
const ofReal = (values: readonly number[], { feeds, shape }: (typeof golden)[string]): readonly number[] => {
  const mask = feeds.attention_mask!.flat();
  return shape.length === 2 ? values : values.filter((_, i) => mask[Math.floor(i / shape[2]!)] === 1);
};

const largestDifference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('logits equal those of transformers', () => {
  it.each(Object.keys(golden))('%s', async (name) => {
    const expected = golden[name]!;
    const got = await logits(name, expected.feeds, 'all');
    expect(got.shape).toEqual(expected.shape);
    expect(largestDifference(ofReal(got.values, expected), ofReal(expected.logits, expected))).toBeLessThan(1e-5);
  });
});

describe('gradients equal those of PyTorch', () => {
  it.each(Object.keys(golden).filter((name) => golden[name]!.gradients))('%s', async (name) => {
    const { feeds, labels, ...expected } = golden[name]!;
    const { logits, values, frozen } = await open(name);
    const loss = crossEntropy(logits, input('labels', 'i64', ['B']));
    const names = Object.keys(expected.gradients!);
    const found = gradients(
      loss,
      names.map((key) => values.get(key)!),
    );
    const outputs = { loss, ...Object.fromEntries(names.map((key, i) => [gradientName(key), found[i]!])) };
    const results = await run({ outputs }, frozen, { ...feeds, labels: labels! });
    expect(results.get('loss')!.values[0]).toBeCloseTo(expected.loss!, 4);
    for (const [key, gradient] of Object.entries(expected.gradients!)) {
      const largest = Math.max(...gradient.map(Math.abs));
      expect(largest, key).toBeGreaterThan(1e-4);
      expect(largestDifference(results.get(gradientName(key))!.values, gradient) / largest, key).toBeLessThan(1e-4);
    }
  });
});

describe('a head whose classes stand in another order than the labels', () => {
  const tuned = Object.keys(golden).filter((name) => !name.endsWith('-masked-lm'));
  it.each(tuned)('%s gives each label the logit of its class', async (name) => {
    const expected = golden[name]!;
    const [stored, labels] = [
      ['O', 'B-LOC', 'B-PER'],
      ['B-LOC', 'B-PER', 'O'],
    ] as const;
    const got = await logits(name, expected.feeds, 'all', { stored, labels });
    const inOurOrder = expected.logits.map((_, i) => expected.logits[i - (i % 3) + stored.indexOf(labels[i % 3]!)]!);
    expect(largestDifference(ofReal(got.values, expected), ofReal(inOurOrder, expected))).toBeLessThan(1e-5);
    expect(largestDifference(got.values, expected.logits)).toBeGreaterThan(1e-3);
  });
});

describe('the last block for the first token only', () => {
  it.each(Object.keys(golden).filter((name) => name.endsWith('-sequence')))('%s is equal', async (name) => {
    const { feeds, logits: expected } = golden[name]!;
    expect(largestDifference((await logits(name, feeds)).values, expected)).toBeLessThan(1e-5);
  });
});

describe('padding', () => {
  it('changes nothing: each row alone, unpadded, gives its logits of the batch', async () => {
    const { feeds, logits: expected } = golden['roberta-sequence']!;
    for (const [row, mask] of feeds.attention_mask!.entries()) {
      const length = mask.reduce((sum, real) => sum + real, 0);
      const alone = Object.fromEntries(
        Object.entries(feeds).map(([key, rows]) => [key, [rows[row]!.slice(0, length)]]),
      );
      const got = await logits('roberta-sequence', alone);
      expect(largestDifference(got.values, expected.slice(3 * row, 3 * row + 3))).toBeLessThan(1e-5);
    }
  });
});
