import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { modelWeights } from '../../extension/checkpoint/modelFolder.ts';
import { openWeights } from '../../extension/checkpoint/weightFiles.ts';
import { GraphSession } from '../../extension/engines/onnx/graphSession.ts';
import { placeWeights } from '../../extension/engines/onnx/weights.ts';
import { input, parameter } from '../../extension/graph/ops.ts';
import type { Feeds } from '../../extension/graph/tensor.ts';
import type { Value } from '../../extension/graph/value.ts';
import { familyOf } from '../../extension/models/families.ts';
import { modelInputs, type RowSelection } from '../../extension/models/model.ts';
import { composeTransforms } from '../../extension/models/sites.ts';
import { noDropout } from '../../extension/nn/dropout.ts';
import { testDevice } from '../support/testDevice.ts';

const folder = fileURLToPath(new URL('../golden/decoders/', import.meta.url));
interface Golden {
  readonly feeds: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Of real tokens alone, row by row. */
  readonly logits: readonly number[];
}
/** Logits that the transformers library computes for one padded batch; see make.py beside them. */
const golden = JSON.parse(readFileSync(`${folder}logits.json`, 'utf8')) as Readonly<Record<string, Golden>>;
const vocabulary = 60;

/** Next-token logits of a decoder's folder, through the engine. */
async function logits(name: string, batch: Golden['feeds'], rows: RowSelection, picked: readonly number[] = []) {
  const { config, dimensions } = await readModelConfig(folder + name);
  const model = { folder, config, dimensions, entries: await openWeights(folder + name) };
  const weights = modelWeights(model, { head: 'causal-lm', outputs: vocabulary, seed: 1 });
  expect(weights.fresh).toEqual([]);
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
  const head = family.heads['causal-lm']!(dimensions, vocabulary);
  const graph = { outputs: { logits: head.logits(context, bare.encode(context)) } };
  expect([...values.keys()].sort()).toEqual([...shapes.keys()].sort());
  const session = await GraphSession.open(
    { graph, placements: placeWeights(await weights.frozen(shapes.keys())), trainable: new Map(), seed: 1 },
    { threads: 1, prepack: false, device: testDevice },
  );
  const i64 = (shape: readonly number[], data: readonly number[]) =>
    ({ dtype: 'i64', shape, data: BigInt64Array.from(data, BigInt) }) as const;
  const feeds: Feeds = {
    ...Object.fromEntries(
      Object.entries(batch).map(([key, rows]) => [key, i64([rows.length, rows[0]!.length], rows.flat())]),
    ),
    ...(rows === 'picked' && { rows: i64([picked.length], picked) }),
  };
  const result = (await session.run(feeds)).logits!;
  await session.close();
  return { shape: [...result.dims], values: [...(result.data as Float32Array)] };
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
});
