import { describe, expect, it } from 'vitest';
import { GraphSession } from '../../../extension/engines/onnx/graphSession.ts';
import { lowerGraph } from '../../../extension/engines/onnx/lowerGraph.ts';
import { exactBytes, inMemory, neededParts, weightsOf } from '../../../extension/engines/onnx/weights/int8Weights.ts';
import { int8Weights } from '../../../extension/engines/onnx/weights/keptBytes.ts';
import { placeWeights } from '../../../extension/engines/onnx/weights/weights.ts';
import { gradients } from '../../../extension/graph/gradients.ts';
import { crossEntropy, headLoss, input, linear, parameter } from '../../../extension/graph/ops.ts';
import type { FrozenTensor } from '../../../extension/graph/tensor.ts';
import { Random } from '../../../extension/numbers/random.ts';

const [inner, out, rows] = [96, 40, 6];

const normal = (seed: number, length: number): Float32Array => {
  const random = new Random(seed, 'int8');
  return Float32Array.from({ length }, () => random.nextNormal());
};

const frozenWeight = (data: Float32Array): Map<string, FrozenTensor> =>
  new Map([['w', { kind: 'memory', data, shape: [out, inner] }]]);

/** The bytes that this processor multiplies exactly. */
const dtype = await exactBytes();

const graph = {
  outputs: { y: linear(input('x', 'f32', ['B', inner]), parameter('w', [out, inner], false)) },
};

/** x·wᵀ, in bytes and exactly; the numbers are input channels that bytes leave out. */
async function products(x: Float32Array, weight: Float32Array, channels?: readonly number[]) {
  const frozen = frozenWeight(weight);
  const source = { graph, placements: placeWeights(frozen), trainable: new Map(), seed: 1 };
  const feeds = { x: { dtype: 'f32', shape: [x.length / inner, inner], data: x } } as const;
  const compute = async (int8: typeof frozen | undefined) => {
    const session = await GraphSession.open(
      { ...source, int8: int8 && { frozen: int8, dtype }, outliers: channels && { w: channels } },
      { threads: 1, prepack: true },
    );
    try {
      return (await session.run(feeds)).y!.data as Float32Array;
    } finally {
      await session.close();
    }
  };
  return { bytes: await compute(frozen), exact: await compute(undefined) };
}

/** ‖a − b‖ / ‖b‖ of one row. */
function rowError(a: Float32Array, b: Float32Array, row: number): number {
  let [difference, size] = [0, 0];
  for (let i = row * out; i < (row + 1) * out; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

describe('products with frozen weights in bytes', () => {
  it('come close to the exact ones in every row, however much larger another row is', async () => {
    const x = normal(1, rows * inner);
    for (let i = 0; i < inner; i++) {
      x[i]! *= 1e4;
      x[2 * inner + i]! *= 1e-6;
    }
    const { bytes, exact } = await products(x, normal(2, out * inner));
    for (let row = 0; row < rows; row++) expect(rowError(bytes, exact, row), `row ${row}`).toBeLessThan(0.015);
  });

  it('come close in every output, however much larger the weights of another are', async () => {
    const weight = normal(2, out * inner);
    for (let i = 0; i < inner; i++) weight[i]! *= 1e4;
    const { bytes, exact } = await products(normal(1, rows * inner), weight);
    for (let column = 1; column < out; column++) {
      const [a, b] = [bytes, exact].map((y) => Array.from({ length: rows }, (_, row) => y[row * out + column]!));
      const size = Math.hypot(...b!);
      expect(Math.hypot(...a!.map((value, i) => value - b![i]!)) / size, `output ${column}`).toBeLessThan(0.04);
    }
  });

  it('come close where a few channels are far larger than all others, once these are left out of the bytes', async () => {
    const x = normal(1, rows * inner);
    for (let row = 0; row < rows; row++) for (const channel of [3, 77]) x[row * inner + channel]! *= 1e3;
    // The outputs hardly depend on the large channels: what matters is in the others.
    const weight = normal(2, out * inner);
    for (let row = 0; row < out; row++) for (const channel of [3, 77]) weight[row * inner + channel]! *= 1e-3;
    const [all, others] = [await products(x, weight), await products(x, weight, [3, 77])];
    for (let row = 0; row < rows; row++) {
      expect(rowError(all.bytes, all.exact, row), `row ${row} in bytes`).toBeGreaterThan(0.3);
      expect(rowError(others.bytes, others.exact, row), `row ${row} without them`).toBeLessThan(0.02);
    }
  });

  it('take the way back from a loss over logits exactly, where outliers are known', async () => {
    const classes = 4_000;
    // Weights that all classes share leave the gradient, as the p of all others together make up for the label's −1.
    const shared = normal(2, classes * inner).map((value) => 1 + value / 10);
    const frozen = new Map<string, FrozenTensor>([['w', { kind: 'memory', data: shared, shape: [classes, inner] }]]);
    const x = parameter('x', [rows, inner], true);
    const logits = linear(x, parameter('w', [classes, inner], false));
    const loss = crossEntropy(logits, input('labels', 'i64', [rows]));
    const graph = { outputs: { dx: gradients(loss, [x])[0]! } };
    const data = normal(1, rows * inner);
    const gradient = async (int8: typeof frozen | undefined, outliers?: Record<string, number[]>) => {
      const trainable = new Map([['x', { dtype: 'f32', shape: [rows, inner], data } as const]]);
      const source = {
        graph,
        placements: placeWeights(frozen),
        trainable,
        seed: 1,
        int8: int8 && { frozen: int8, dtype },
        outliers,
      };
      const session = await GraphSession.open(source, { threads: 1, prepack: true });
      const labels = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row));
      const { dx } = await session.run({ labels: { dtype: 'i64', shape: [rows], data: labels } });
      await session.close();
      return dx!.data as Float32Array;
    };
    const [exact, allBytes, forwardBytes] = [
      await gradient(undefined),
      await gradient(frozen),
      await gradient(frozen, {}),
    ];
    const error = (found: Float32Array) =>
      Math.hypot(...found.map((value, i) => value - exact[i]!)) / Math.hypot(...exact);
    expect(error(allBytes)).toBeGreaterThan(1);
    expect(error(forwardBytes)).toBeLessThan(0.05);
  });

  it('are made for a loss in more chunks than there are rows', async () => {
    const frozen = frozenWeight(normal(2, out * inner));
    const x = input('x', 'f32', ['M', inner]);
    const weight = parameter('w', [out, inner], false);
    const { loss: y } = headLoss(x, weight, input('labels', 'i64', ['M']), { chunks: 5, leastRows: 2, smoothing: 0 });
    const source = { graph: { outputs: { y } }, placements: placeWeights(frozen), trainable: new Map(), seed: 1 };
    const feeds = {
      x: { dtype: 'f32', shape: [3, inner], data: normal(1, 3 * inner) },
      labels: { dtype: 'i64', shape: [3], data: BigInt64Array.of(1n, 2n, 30n) },
    } as const;
    const losses: number[] = [];
    for (const int8 of [undefined, { frozen, dtype }]) {
      const session = await GraphSession.open({ ...source, int8 }, { threads: 1, prepack: true });
      losses.push((await session.run(feeds)).y!.data[0] as number);
      await session.close();
    }
    expect(losses[1]).not.toBe(losses[0]);
    expect(losses[1]! / losses[0]!).toBeCloseTo(1, 2);
  });

  it('keep zeros: of rows, and of weights', async () => {
    const x = normal(1, rows * inner).fill(0, inner, 2 * inner);
    const weight = normal(2, out * inner).fill(0, 0, inner);
    const { bytes } = await products(x, weight);
    expect([...bytes.subarray(out, 2 * out)].every((value) => value === 0)).toBe(true);
    for (let row = 0; row < rows; row++) expect(bytes[row * out]).toBe(0);
    expect(bytes.every(Number.isFinite)).toBe(true);
  });

  it('do not hide a row that has diverged', async () => {
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = normal(1, rows * inner).fill(broken, 0, inner);
      const { bytes } = await products(x, normal(2, out * inner));
      expect([...bytes.subarray(0, out)].some(Number.isFinite), String(broken)).toBe(false);
    }
  });

  it('are the same in bytes with a sign, and in those without for processors that add up the others wrongly', async () => {
    const frozen = frozenWeight(normal(2, out * inner));
    const [signed, unsigned] = await Promise.all(
      (['i8', 'u8'] as const).map(async (dtype) => {
        const { values, scales } = weightsOf(await inMemory(neededParts(graph, frozen), dtype), dtype).forward.get(
          'w',
        )!;
        if (values.kind !== 'embedded' || scales.kind !== 'embedded') throw new Error('they must be in memory');
        return { values: [...values.data], scales: [...scales.data] };
      }),
    );
    expect(signed!.scales).toEqual(unsigned!.scales);
    expect(unsigned!.values.map((value) => value - 128)).toEqual(signed!.values);
    expect(Math.max(...signed!.values)).toBe(127);
    expect(Math.min(...signed!.values)).toBeGreaterThanOrEqual(-127);
  });

  it('are w / scale rounded to the nearest, halves to the even one, scale = max |w| / 127 of each output', async () => {
    const weight = normal(2, out * inner);
    const [forward] = neededParts(graph, frozenWeight(weight));
    const shapes = { forward: [inner, out], backward: [out, inner] } as const;
    for (const direction of ['forward', 'backward'] as const) {
      const part = { ...forward!, kind: direction, shape: shapes[direction] };
      const { values, scales } = weightsOf(await inMemory([part], dtype), dtype)[direction].get('w')!;
      if (values.kind === 'external' || scales.kind === 'external') throw new Error('they must be in memory');
      const [rows, columns] = part.shape;
      const at = (row: number, column: number) =>
        direction === 'forward' ? weight[column * inner + row]! : weight[row * inner + column]!;
      for (let column = 0; column < columns; column++) {
        const numbers = Array.from({ length: rows }, (_, row) => at(row, column));
        const scale = Math.fround(Math.max(...numbers.map(Math.abs)) * Math.fround(1 / 127));
        expect(scales.data[column]).toBe(scale);
        const expected = numbers.map((number) => {
          const scaled = Math.fround(number / scale);
          const nearest = Math.round(scaled);
          return (nearest - scaled === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest) + 0;
        });
        const found = numbers.map((_, row) => values.data[row * columns + column]! - (dtype === 'u8' ? 128 : 0));
        expect(found).toEqual(expected);
      }
    }
  });

  it('leave the exact weight out of the model, and write each direction that is used', async () => {
    const frozen = frozenWeight(normal(2, out * inner));
    const { weights: int8 } = await int8Weights(graph, frozen, { dtype, folder: undefined });
    expect([...int8.forward.keys()]).toEqual(['w']);
    expect(int8.backward.size).toBe(0);
    expect(int8.forward.get('w')).toMatchObject({ shape: [inner, out], dtype });
    const { bytes, fedParameters } = lowerGraph(graph, placeWeights(frozen), { int8 });
    expect(fedParameters).toEqual([]);
    expect(bytes.length).toBeLessThan(2 * out * inner);
  });
});
