import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NamedTensor } from '../../extension/engines/torch/frames.ts';
import type { Peer } from '../../extension/engines/torch/peer.ts';
import { programCommand, startProgram } from '../../extension/engines/torch/torchProgram.ts';
import { partOfGradient } from '../../extension/graph/op.ts';
import { attention, dropout, input, multiply, ops, sum, toFloat } from '../../extension/graph/ops.ts';
import { serializeGraph } from '../../extension/graph/serialize.ts';
import { elements, type Tensor } from '../../extension/graph/tensor.ts';
import type { Shape, Value } from '../../extension/graph/value.ts';
import { expectClose, type GoldenCase, goldenCases, type OpBuild, type OpInput, opCases } from '../support/opCases.ts';
import { python } from './peer.ts';

let peer: Peer;
beforeAll(async () => {
  ({ peer } = await startProgram(programCommand({ python: python(), foundBy: 'the test' }, process.env)));
});
afterAll(() => peer.close());

/** Ops that some case has run, so that a test can demand all of them. */
const checkedOps = new Set<string>();

/** Ops of backward passes, which autograd makes here: the program is sent none. */
const ofBackwardPasses = Object.entries(ops).flatMap(([op, { gradient }]) => (gradient === partOfGradient ? [op] : []));

const floats = (shape: readonly number[], data: readonly number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(data),
});

/**
 * Runs an op in the program. Its inputs that have gradients become parameters, whose gradients are those of Σ cotangent·y.
 */
async function runOp(build: OpBuild, { inputs, cotangent, output, gradients }: GoldenCase) {
  const values = inputs.map(({ shape, dtype }, i) => input(`x${i}`, dtype, shape));
  const y = build(...values);
  const axes = y.shape.map((_, axis) => axis);
  const factors = input('cotangent', 'f32', y.shape);
  const weighted = sum(multiply(y, factors), axes);
  const loss = multiply(weighted, input('loss_scale', 'f32', []));
  const tuned = inputs.flatMap(({ sizes }, i) => (gradients[i] ? [{ name: `x${i}`, shape: sizes, group: 0 }] : []));
  const names = new Set(tuned.map(({ name }) => name));
  const asParameters = (outputs: Record<string, Value>) => {
    const graph = serializeGraph({ outputs });
    const nodes = graph.nodes.map((node) =>
      node.op === 'input' && names.has(node.attributes.name as string) ? { ...node, op: 'parameter' } : node,
    );
    return { ...graph, nodes };
  };
  for (const { op } of asParameters({ y }).nodes) checkedOps.add(op);
  await peer.request(
    'open',
    {
      session: 1,
      // Every program has an input with a batch to count; sizes of symbols are read off inputs.
      training: asParameters({ loss, rows: toFloat(input('rows', 'i64', ['B'])) }),
      evaluation: asParameters({ y, factors }),
      trainable: tuned,
      groups: [{ learningRate: 0, weightDecay: 0 }],
      optimizer: null,
      seed: 1,
      threads: 1,
      precision: 'fp32',
      device: 'cpu',
      frozen: [],
    },
    [],
  );
  const given = inputs.map(({ dtype, sizes, data }, i): NamedTensor => {
    const tensor =
      dtype === 'f32' ? floats(sizes, data) : { dtype, shape: sizes, data: BigInt64Array.from(data, BigInt) };
    return [`x${i}`, tensor];
  });
  await peer.request(
    'write',
    { session: 1, part: 'values' },
    given.filter(([name]) => names.has(name)),
  );
  const fed = given.filter(([name]) => !names.has(name));
  fed.push(['cotangent', floats(output.sizes, cotangent)]);
  const { tensors } = await peer.request('run', { session: 1, graph: 'evaluation' }, fed);
  const rows: NamedTensor = ['rows', { dtype: 'i64', shape: [1], data: BigInt64Array.of(0n) }];
  const found = await peer.request(
    'gradients',
    { session: 1, step: 1, lossScale: 1, batches: 1 },
    [...fed, rows].map(([name, tensor]): NamedTensor => [`0/${name}`, tensor]),
  );
  return { y: tensors.get('y')!, gradients: found.tensors };
}

describe('ops of the torch program and their gradients are right to the last digits of f32', () => {
  it.each([...opCases, ['toFloat', (mask, x) => multiply(toFloat(mask!), x!)] as [string, OpBuild]])(
    '%s',
    async (name, build) => {
      const expected = goldenCases[name]!;
      const { y, gradients } = await runOp(build, expected);
      expect(y.shape).toEqual(expected.output.sizes);
      expectClose(y.data, expected.output.data, name);
      for (const [i, gradient] of expected.gradients.entries()) {
        if (gradient) expectClose(gradients.get(`x${i}`)!.data, gradient, `${name}: gradient of input ${i}`);
      }
    },
  );

  // Torch draws masks of its own: that they are masks is seen from results and gradients.
  const rate = 0.25;
  const offsets = input('dropout_offsets', 'i64', [1]);
  const ones = (shape: Shape, sizes: readonly number[]): OpInput => {
    return { shape, sizes, dtype: 'f32', data: new Array(elements(sizes)).fill(1) };
  };
  const masked = (inputs: readonly OpInput[], sizes: readonly number[]): GoldenCase => {
    const { data } = ones(sizes, sizes);
    return { inputs, cotangent: data, output: { sizes, data }, gradients: inputs.map(() => []) };
  };
  /** Every value is 0 or `kept`, as many as the rate asks for. */
  function expectDropped(values: Tensor['data'], kept: number): void {
    const found = [...values].map(Number);
    for (const value of found) if (value !== 0) expect(value).toBeCloseTo(kept, 5);
    const share = found.filter((value) => value === 0).length / found.length;
    expect(Math.abs(share - rate), `share of zeros: ${share}`).toBeLessThan(0.05);
  }

  it('dropout', async () => {
    const given = masked([ones(['B', 'S'], [60, 80])], [60, 80]);
    const { y, gradients } = await runOp((x) => dropout(x!, offsets, { rate, site: 0 }), given);
    expectDropped(y.data, 1 / (1 - rate));
    expectDropped(gradients.get('x0')!.data, 1 / (1 - rate));
  });

  it('attention, dropout', async () => {
    // All keys alike: each of 40 probabilities is 1/40, and values that are the unit matrix show them.
    const sizes = [3, 40, 40];
    const like = ones(['B', 40, 40], sizes);
    const unit = { ...like, data: like.data.map((_, i) => Number(i % 40 === Math.floor(i / 40) % 40)) };
    const mask: OpInput = { ...ones(['B', 40], [3, 40]), data: new Array(120).fill(0) };
    const given = { ...masked([like, like, unit, mask], sizes), gradients: [[], [], [], null] };
    const { y, gradients } = await runOp(
      (q, k, v, m) => attention(q!, k!, v!, m!, 1, { site: { rate, site: 0 }, offsets }),
      given,
    );
    expectDropped(y.data, 1 / 40 / (1 - rate));
    // The gradient of a value is the sum of its probabilities over the 40 queries: 1 without dropout.
    const sums = [...(gradients.get('x2')!.data as Float32Array)];
    expect(new Set(sums.map((value) => value.toFixed(4))).size).toBeGreaterThan(3);
    expect(sums.reduce((total, value) => total + value, 0) / sums.length).toBeCloseTo(1, 1);
  });

  it('are all covered, but for those of backward passes', () => {
    expect(Object.keys(ops).filter((op) => !checkedOps.has(op))).toEqual(ofBackwardPasses);
  });

  it.each(ofBackwardPasses)('%s is refused: a graph that holds it is no forward pass', async (op) => {
    const graph = { version: 1, nodes: [{ op, inputs: [], attributes: {} }], outputs: { y: [0, 0] } };
    await expect(peer.request('open', { session: 1, training: graph, seed: 1, device: 'cpu' }, [])).rejects.toThrow(
      `the graph has the op ${op}, which this executor does not know`,
    );
  });
});
