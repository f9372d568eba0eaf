import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { GraphSession } from '../../extension/engines/onnx/graphSession.ts';
import { placeWeights } from '../../extension/engines/onnx/weights/weights.ts';
import { input, parameter } from '../../extension/graph/ops.ts';
import type { Feeds } from '../../extension/graph/tensor.ts';
import type { Value } from '../../extension/graph/value.ts';
import { familyOf } from '../../extension/models/families.ts';
import type { ForwardContext, HeadKind, RowSelection } from '../../extension/models/model/model.ts';
import { composeTransforms } from '../../extension/models/model/sites.ts';
import { noDropout } from '../../extension/nn/dropout.ts';

import { testDevice } from '../support/testDevice.ts';

const folder = fileURLToPath(new URL('../golden/models/', import.meta.url));
/** Logits that the transformers library computes for one padded batch; see make.py beside them. */
const golden = JSON.parse(readFileSync(`${folder}logits.json`, 'utf8')) as Record<
  string,
  { readonly feeds: Record<string, number[][]>; readonly shape: number[]; readonly logits: number[] }
>;

/** Logits of one model folder for a batch, through the engine. */
async function logits(
  name: string,
  batch: Record<string, number[][]>,
  rows?: RowSelection,
  classes: { readonly stored?: readonly string[]; readonly labels?: readonly string[] } = {},
) {
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

  const specs = new Map(
    [...weights.outline.tensors, ...weights.pooler, ...weights.head].map((spec) => [spec.name, spec]),
  );
  const values = new Map<string, Value>();
  const family = familyOf(dimensions);
  const built = family.heads[head]!(dimensions, weights.outputs);
  const context: ForwardContext = {
    parameter: (key) => {
      const value = values.get(key) ?? parameter(key, specs.get(key)!.shape, false);
      values.set(key, value);
      return value;
    },
    sites: composeTransforms([]),
    dropout: noDropout,
    input: (key) => input(key, 'i64', ['B', 'S']),
    rows: rows ?? built.rows,
  };
  const graph = { outputs: { logits: built.logits(context, family.build(dimensions).encode(context)) } };
  expect([...values.keys()].sort()).toEqual([...specs.keys()].sort());

  const placements = placeWeights(await weights.frozen(specs.keys()));
  const session = await GraphSession.open(
    { graph, placements, trainable: new Map(), seed: 1 },
    { threads: 1, prepack: false, device: testDevice },
  );
  const feeds: Feeds = Object.fromEntries(
    Object.entries(batch).map(([key, rows]) => [
      key,
      { dtype: 'i64', shape: [rows.length, rows[0]!.length], data: BigInt64Array.from(rows.flat(), BigInt) },
    ]),
  );
  const result = (await session.run(feeds)).logits!;
  await session.close();
  return { shape: [...result.dims], values: [...(result.data as Float32Array)] };
}

const largestDifference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('logits equal those of transformers', () => {
  it.each(Object.keys(golden))('%s', async (name) => {
    const expected = golden[name]!;
    const got = await logits(name, expected.feeds, 'all');
    expect(got.shape).toEqual(expected.shape);
    expect(largestDifference(got.values, expected.logits)).toBeLessThan(1e-5);
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
    expect(largestDifference(got.values, inOurOrder)).toBeLessThan(1e-5);
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
