import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ModelProtoSchema } from '../../../extension/engines/onnx/generated/onnx_pb.ts';
import { GraphSession } from '../../../extension/engines/onnx/graphSession.ts';
import { lowerGraph } from '../../../extension/engines/onnx/lowerGraph.ts';
import { cpuLowerings } from '../../../extension/engines/onnx/lowering/cpu.ts';
import type { Lowering } from '../../../extension/engines/onnx/lowering/lowering.ts';
import { topological } from '../../../extension/graph/node.ts';
import * as g from '../../../extension/graph/ops.ts';
import type { Value } from '../../../extension/graph/value.ts';
import { type OpInput, opCases } from '../../support/opCases.ts';
import { testDevice } from '../../support/testDevice.ts';
import { checkedOps, checkGradient, checkOp, normalInput } from './checkOp.ts';

describe('results and gradients equal those of PyTorch and finite differences', () => {
  for (const [name, build] of opCases) it(name, () => checkOp(name, build));

  const offsets: OpInput = { shape: [2], sizes: [2], dtype: 'i64', data: [70_000, 5] };

  it('dropout', () =>
    checkGradient([normalInput(['B', 'S', 4], [2, 5, 4], 'x'), offsets], [0], (x, at) =>
      g.dropout(x!, at!, { rate: 0.3, site: 1 }),
    ));

  it('attention, dropout', () =>
    checkGradient(
      [
        normalInput(['B', 'S', 6], [2, 5, 6], 'query'),
        normalInput(['B', 'T', 6], [2, 7, 6], 'key'),
        normalInput(['B', 'T', 6], [2, 7, 6], 'value'),
        normalInput(['B', 'T'], [2, 7], 'mask'),
        offsets,
      ],
      [0, 1, 2, 3],
      (q, k, v, mask, at) => g.attention(q!, k!, v!, mask!, 2, { site: { rate: 0.3, site: 0 }, offsets: at! }),
    ));

  it('toFloat', () => checkOp('toFloat', (mask, x) => g.multiply(g.toFloat(mask!), x!)));

  it('headLoss has the loss of all logits at once, however many rows there are, none among them', async () => {
    const [x, weight, labels] = [
      g.input('x', 'f32', ['M', 6]),
      g.input('weight', 'f32', [9, 6]),
      g.input('labels', 'i64', ['M']),
    ];
    const { loss, correct } = g.headLoss(x, weight, labels, { chunks: 3, leastRows: 2 });
    const outputs = { loss, correct, whole: g.crossEntropy(g.linear(x, weight), labels) };
    const session = await GraphSession.open(
      { graph: { outputs }, placements: { folder: undefined, byName: new Map() }, trainable: new Map(), seed: 3 },
      { threads: 1, prepack: false, device: testDevice },
    );
    const rows = Float32Array.from(normalInput(['M', 6], [9, 6], 'x').data);
    const weights = Float32Array.from(normalInput([9, 6], [9, 6], 'weight').data);
    for (const count of testDevice === 'cpu' ? [0, 1, 2, 3, 6, 7, 9] : [1, 3, 9]) {
      const found = await session.run({
        x: { dtype: 'f32', shape: [count, 6], data: rows.slice(0, 6 * count) },
        weight: { dtype: 'f32', shape: [9, 6], data: weights },
        labels: { dtype: 'i64', shape: [count], data: BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 9)) },
      });
      const [sum, right, whole] = ['loss', 'correct', 'whole'].map((name) => Number(found[name]!.data[0]));
      expect(sum, `${count} rows`).toBeCloseTo(count === 0 ? 0 : whole!, 4);
      expect(right).toBeLessThanOrEqual(count);
    }
    await session.close();
  });

  it('correctCount', async () => {
    const outputs = {
      y: g.correctCount(g.input('x', 'f32', ['B', 'S', 7]), g.input('labels', 'i64', ['B', 'S'])),
    };
    for (const node of topological(Object.values(outputs))) checkedOps.add(node.op);
    const { data } = normalInput(['B', 'S', 7], [6, 5, 7], 'x');
    const best = Array.from({ length: 30 }, (_, i) => {
      const row = data.slice(i * 7, (i + 1) * 7);
      return row.indexOf(Math.max(...row));
    });
    // Every second label is right, every fifth is ignored.
    const labels = best.map((label, i) => (i % 5 === 0 ? g.ignoredLabel : i % 2 === 0 ? label : (label + 1) % 7));
    const session = await GraphSession.open(
      { graph: { outputs }, placements: { folder: undefined, byName: new Map() }, trainable: new Map(), seed: 3 },
      { threads: 1, prepack: false, device: testDevice },
    );
    const { y } = await session.run({
      x: { dtype: 'f32', shape: [6, 5, 7], data: Float32Array.from(data) },
      labels: { dtype: 'i64', shape: [6, 5], data: BigInt64Array.from(labels, BigInt) },
    });
    await session.close();
    expect(y!.dims).toEqual([]);
    expect(y!.data[0]).toBe(12);
  });

  it('has a case for every op', () => {
    // Parameters are what sessions are given; the tests of executor and weights run them.
    expect(Object.keys(cpuLowerings).filter((op) => !checkedOps.has(op as g.OpName))).toEqual(['parameter']);
  });
});

it('has a lowering for every op, by type', () => {
  // @ts-expect-error: a table that lacks an op must not compile
  const incomplete: { readonly [O in g.OpName]: Lowering<O> } = (({ attention: _, ...rest }) => rest)(cpuLowerings);
  expect(Object.keys(incomplete)).toHaveLength(Object.keys(g.ops).length - 1);
});

it('attends to the keys of a past as it does to those of one sequence', async () => {
  const open = (y: Value) =>
    GraphSession.open(
      {
        graph: { outputs: { y } },
        placements: { folder: undefined, byName: new Map() },
        trainable: new Map(),
        seed: 3,
      },
      { threads: 1, prepack: false, device: testDevice },
    );
  const options = { kvHeads: 1, causal: true };
  const query = g.input('query', 'f32', ['B', 'S', 8]);
  const keys = g.input('keys', 'f32', ['B', 'S', 4]);
  const whole = await open(g.attention(query, keys, keys, g.input('mask', 'f32', ['B', 'S']), 2, undefined, options));
  const joined = g.concat(g.input('past', 'f32', ['B', 'P', 4]), keys, 1); // [B,P+S,4]
  const mask = g.input('mask', 'f32', ['B', 'P+S']);
  const step = await open(g.attention(query, joined, joined, mask, 2, undefined, options));

  const tensor = (...shape: number[]) => {
    const data = Float32Array.from(normalInput(shape, shape, `${shape}`).data);
    return { dtype: 'f32' as const, shape, data };
  };
  const [queries, read, padded] = [tensor(1, 7, 8), tensor(1, 7, 4), tensor(1, 7)];
  const all = await whole.run({ query: queries, keys: read, mask: padded });
  // The first five tokens are the past, two are new.
  const last = await step.run({
    query: { dtype: 'f32', shape: [1, 2, 8], data: queries.data.slice(40) },
    keys: { dtype: 'f32', shape: [1, 2, 4], data: read.data.slice(20) },
    past: { dtype: 'f32', shape: [1, 5, 4], data: read.data.slice(0, 20) },
    mask: padded,
  });
  await Promise.all([whole.close(), step.close()]);
  const expected = (all.y!.data as Float32Array).slice(40);
  expect(last.y!.dims).toEqual([1, 2, 8]);
  for (const [i, value] of expected.entries()) expect(last.y!.data[i]).toBeCloseTo(value, 6);
});

describe('dropout', () => {
  const run = async (outputs: Record<string, Value>, x: readonly number[], shape: readonly number[], at: bigint) => {
    for (const node of topological(Object.values(outputs))) checkedOps.add(node.op);
    const session = await GraphSession.open(
      { graph: { outputs }, placements: { folder: undefined, byName: new Map() }, trainable: new Map(), seed: 3 },
      { threads: 1, prepack: false, device: testDevice },
    );
    const results = await session.run({
      x: { dtype: 'f32', shape, data: Float32Array.from(x) },
      at: { dtype: 'i64', shape: [1], data: BigInt64Array.of(at) },
    });
    await session.close();
    return results;
  };

  it('keeps 1 − rate of the elements, scaled to the same mean, and others at another offset', async () => {
    const x = g.input('x', 'f32', ['B', 'S']);
    const y = g.dropout(x, g.input('at', 'i64', [1]), { rate: 0.1, site: 0 });
    const ones = new Array<number>(40_000).fill(1);
    const masks = await Promise.all([0n, 1n, 4_000_000n].map((at) => run({ y }, ones, [200, 200], at)));
    const values = masks.map(({ y }) => [...(y!.data as Float32Array)]);
    for (const mask of values) {
      expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.9)]));
      expect(Math.abs(mask.filter((value) => value > 0).length / 40_000 - 0.9)).toBeLessThan(0.006);
    }
    expect(values[1]!.slice(0, -1)).toEqual(values[0]!.slice(1));
    expect(values[2]).not.toEqual(values[0]);
  });

  it('scales kept attention probabilities by 1/(1 − rate) before they weigh the values', async () => {
    const x = g.input('x', 'f32', ['B', 'S', 4]);
    const mask = g.sum(g.affine(x, 0), [2]);
    const rate = 0.4;
    const context = g.attention(x, x, x, mask, 2, { site: { rate, site: 0 }, offsets: g.input('at', 'i64', [1]) });
    const { probabilities, kept } = context.node.outputs;
    const dropped = g.multiply(probabilities!, g.affine(g.toFloat(kept!), 1 / (1 - rate)));
    const again = g.mergeHeads(g.matmul(dropped, g.splitHeads(x, 2)));
    const { data } = normalInput(['B', 'S', 4], [3, 6, 4], 'x');
    const results = await run(
      { difference: g.subtract(context, again), dropped, probabilities: probabilities! },
      data,
      [3, 6, 4],
      9n,
    );
    expect(Math.max(...(results.difference!.data as Float32Array).map(Math.abs))).toBeLessThan(1e-6);
    const whole = results.probabilities!.data as Float32Array;
    const part = results.dropped!.data as Float32Array;
    const zeros = part.filter((value) => value === 0).length / part.length;
    expect(Math.abs(zeros - rate)).toBeLessThan(0.1);
    for (const [i, value] of part.entries()) {
      if (value !== 0) expect(value).toBeCloseTo(whole[i]! / (1 - rate), 5);
    }
  });
});

describe('a decoder as an ONNX model', () => {
  const sizesIn = (causal: boolean) => {
    const x = g.input('x', 'f32', ['B', 'S', 8]);
    const attended = g.attention(x, x, x, g.input('mask', 'f32', ['B', 'S']), 2, undefined, { causal });
    const { bytes } = lowerGraph({ outputs: { y: g.tanh(attended) } }, { folder: undefined, byName: new Map() });
    return fromBinary(ModelProtoSchema, bytes).graph!.valueInfo.length;
  };

  it('says the sizes of its values, which the engine does not find out behind heads that share keys', () => {
    expect(sizesIn(true)).toBeGreaterThan(0);
  });

  it('leaves the bits of encoders as they were, whose sizes the engine finds out', () => {
    expect(sizesIn(false)).toBe(0);
  });
});
