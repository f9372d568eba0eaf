import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { GraphSession } from '../../extension/engines/onnx/graphSession.ts';
import { placeWeights } from '../../extension/engines/onnx/weights/weights.ts';
import { gradients } from '../../extension/graph/gradients.ts';
import { crossEntropy, input, parameter } from '../../extension/graph/ops.ts';
import type { Feeds, FrozenTensor } from '../../extension/graph/tensor.ts';
import type { Graph, Value } from '../../extension/graph/value.ts';
import { gradientName } from '../../extension/graph/withGradients.ts';
import { canonicalName } from '../../extension/models/checkpointNames.ts';
import { familyOf } from '../../extension/models/families.ts';
import { type HeadKind, modelInputs, type RowSelection } from '../../extension/models/model/model.ts';
import { composeTransforms } from '../../extension/models/model/sites.ts';
import { noDropout } from '../../extension/nn/dropout.ts';
import { testDevice } from '../support/testDevice.ts';

const folder = fileURLToPath(new URL('../golden/decoders/', import.meta.url));
type Batch = Readonly<Record<string, readonly (readonly number[])[]>>;
interface Golden {
  readonly feeds: Batch;
  /** Of real tokens alone, row by row. */
  readonly logits: readonly number[];
  /** The next token of each, −100 where there is none. */
  readonly labels: readonly (readonly number[])[];
  /** Summed over the labels. */
  readonly loss: number;
  /** Weight [3,D] of a head for three classes, and its logits. */
  readonly score: readonly number[];
  readonly scores: readonly number[];
  /** Of the terms of all norms, by their names in the checkpoint. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
/** Logits that the transformers library computes for one padded batch; see make.py beside them. */
const golden = JSON.parse(readFileSync(`${folder}logits.json`, 'utf8')) as Readonly<Record<string, Golden>>;
const vocabulary = 60;

/** A decoder's folder as a graph of its logits, with the weights that it asks for. */
async function open(name: string, rows: RowSelection, kind: HeadKind = 'causal-lm', outputs = vocabulary) {
  const model = await openModel(folder + name);
  const { dimensions } = model;
  const weights = modelWeights(model, { head: kind, outputs, seed: 1 });
  expect(weights.fresh.map(({ spec }) => spec.name)).toEqual(kind === 'sequence' ? ['score.weight'] : []);
  const family = familyOf(dimensions);
  const bare = family.build(dimensions);
  const shapes = new Map(
    [...weights.outline.tensors, ...weights.head, ...bare.constants].map((tensor) => [tensor.name, tensor.shape]),
  );
  const values = new Map<string, Value>();
  const context = {
    parameter: (key: string) => {
      const value = values.get(key) ?? parameter(key, shapes.get(key)!, false);
      values.set(key, value);
      return value;
    },
    sites: composeTransforms([]),
    dropout: noDropout,
    input: (key: keyof typeof modelInputs) => input(key, 'i64', modelInputs[key]),
    rows,
  };
  const head = family.heads[kind]!(dimensions, outputs);
  const logits = head.logits(context, bare.encode(context));
  expect([...values.keys()].sort()).toEqual([...shapes.keys()].sort());
  const frozen = await weights.frozen(shapes.keys());
  return { dimensions, tensors: weights.outline.tensors, head, logits, values, frozen };
}

/** What a graph gives for a batch, through the engine. */
async function run(
  graph: Graph,
  frozen: ReadonlyMap<string, FrozenTensor>,
  batch: Batch,
  picked: Readonly<Record<string, readonly number[]>> = {},
) {
  const session = await GraphSession.open(
    { graph, placements: placeWeights(frozen), trainable: new Map(), seed: 1 },
    { threads: 1, prepack: false, device: testDevice },
  );
  const i64 = (shape: readonly number[], data: readonly number[]) =>
    ({ dtype: 'i64', shape, data: BigInt64Array.from(data, BigInt) }) as const;
  const feeds: Feeds = {
    ...Object.fromEntries(
      Object.entries(batch).map(([key, rows]) => [key, i64([rows.length, rows[0]!.length], rows.flat())]),
    ),
    ...Object.fromEntries(Object.entries(picked).map(([key, rows]) => [key, i64([rows.length], rows)])),
  };
  const results = await session.run(feeds);
  await session.close();
  return new Map(
    Object.entries(results).map(([key, { dims, data }]) => [
      key,
      { shape: [...dims], values: [...(data as Float32Array)] },
    ]),
  );
}

/** Next-token logits of a decoder's folder. */
async function logits(name: string, batch: Batch, rows: RowSelection, picked?: readonly number[]) {
  const { logits, frozen } = await open(name, rows);
  return (await run({ outputs: { logits } }, frozen, batch, picked && { rows: picked })).get('logits')!;
}

/** Rows of the flattened batch that are real tokens. */
const realRows = ({ feeds }: Golden): readonly number[] =>
  feeds.attention_mask!.flat().flatMap((real, row) => (real === 1 ? [row] : []));
const rowsOf = (values: readonly number[], rows: readonly number[]): readonly number[] =>
  rows.flatMap((row) => values.slice(row * vocabulary, (row + 1) * vocabulary));
const largestDifference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe.each(Object.entries(golden))('the logits of %s', (name, expected) => {
  it('equal those of transformers', async () => {
    const got = await logits(name, expected.feeds, 'all');
    expect(got.shape).toEqual([3, 7, vocabulary]);
    const real = rowsOf(got.values, realRows(expected));
    expect(real).toHaveLength(expected.logits.length);
    expect(largestDifference(real, expected.logits)).toBeLessThan(1e-4);
  });

  it('are the same for the rows that a batch picks', async () => {
    const picked = [6, 9, 18];
    const got = await logits(name, expected.feeds, 'picked', picked);
    expect(got.shape).toEqual([3, vocabulary]);
    const real = realRows(expected);
    const rows = picked.map((row) => real.indexOf(row));
    expect(largestDifference(got.values, rowsOf(expected.logits, rows))).toBeLessThan(1e-4);
  });

  it('do not change with what stands beside a text in its batch', async () => {
    const [, short] = [0, 1].map((row) =>
      Object.fromEntries(Object.entries(expected.feeds).map(([key, rows]) => [key, [rows[row]!.slice(0, 3)]])),
    );
    const got = await logits(name, short!, 'all');
    expect(largestDifference(got.values, rowsOf(expected.logits, [7, 8, 9]))).toBeLessThan(1e-4);
  });

  it('are read off the last real token by a head for classes', async () => {
    const { logits, head, frozen, dimensions } = await open(name, 'last', 'sequence', 3);
    expect(head.rows).toBe('last');
    frozen.set('score.weight', {
      kind: 'memory',
      data: Float32Array.from(expected.score),
      shape: [3, dimensions.hidden],
    });
    const results = await run({ outputs: { logits } }, frozen, expected.feeds, { last_rows: [6, 9, 18] });
    expect(results.get('logits')!.shape).toEqual([3, 3]);
    expect(largestDifference(results.get('logits')!.values, expected.scores)).toBeLessThan(1e-4);
  });

  it('have the gradients of transformers in the terms of every norm', async () => {
    const { logits, values, frozen, tensors, dimensions } = await open(name, 'all');
    const norms = tensors.filter(({ site }) => site.startsWith('norm.'));
    const loss = crossEntropy(logits, input('labels', 'i64', ['B', 'S']));
    const found = gradients(
      loss,
      norms.map((norm) => values.get(norm.name)!),
    );
    const outputs = { loss, ...Object.fromEntries(norms.map((norm, i) => [gradientName(norm.name), found[i]!])) };
    const results = await run({ outputs }, frozen, { ...expected.feeds, labels: expected.labels });
    expect(results.get('loss')!.values[0]).toBeCloseTo(expected.loss, 3);
    const wanted = new Map(
      Object.entries(expected.gradients).map(([key, gradient]) => [canonicalName(dimensions, key), gradient]),
    );
    expect([...wanted.keys()].sort()).toEqual(norms.map((norm) => norm.name).sort());
    for (const [key, gradient] of wanted) {
      const largest = Math.max(...gradient.map(Math.abs));
      expect(largestDifference(results.get(gradientName(key))!.values, gradient) / largest, key).toBeLessThan(1e-4);
    }
  });
});
