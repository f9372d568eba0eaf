import { expect } from 'vitest';
import { GraphSession } from '../../../extension/engines/onnx/graphSession.ts';
import { dimSize, learnSize } from '../../../extension/graph/dims.ts';
import { gradients } from '../../../extension/graph/gradients.ts';
import { topological } from '../../../extension/graph/node.ts';
import { input, multiply, type OpName, sum } from '../../../extension/graph/ops.ts';
import { elements, type Tensor } from '../../../extension/graph/tensor.ts';
import type { Shape } from '../../../extension/graph/value.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { expectClose, goldenCases, type OpBuild, type OpInput } from '../../support/opCases.ts';
import { testDevice } from '../../support/testDevice.ts';

/** Ops that some check has run, so that a test can demand all of them. */
export const checkedOps = new Set<OpName>();

/** Checks an op's result and gradients against PyTorch's, and its gradients against finite differences. */
export async function checkOp(name: string, build: OpBuild): Promise<void> {
  const expected = goldenCases[name];
  if (!expected) throw new Error(`ops.json has no case "${name}"`);
  const wanted = expected.gradients.flatMap((gradient, i) => (gradient ? [i] : []));
  const run = await openOp(build, expected.inputs, wanted);
  const found = await run(expected.inputs, expected.cotangent);
  expect(found.y!.shape).toEqual(expected.output.sizes);
  expectClose(found.y!.data, expected.output.data, name);
  for (const i of wanted) expectClose(found[`d${i}`]!.data, expected.gradients[i]!, `${name}: gradient of input ${i}`);
  await compareWithDifferences(run, expected.inputs, wanted, expected.cotangent);
}

/** Checks gradients against finite differences alone, where PyTorch cannot draw the same numbers (dropout). */
export async function checkGradient(inputs: readonly OpInput[], wanted: readonly number[], build: OpBuild) {
  const run = await openOp(build, inputs, wanted);
  await compareWithDifferences(run, inputs, wanted, undefined);
}

/** An f32 input of standard normal values; symbols have the sizes that `sizes` gives. */
export function normalInput(shape: Shape, sizes: readonly number[], name: string): OpInput {
  return {
    shape,
    sizes,
    dtype: 'f32',
    data: normals(elements(sizes), name),
  };
}

function normals(length: number, name: string): number[] {
  const random = new Random(1, name);
  return Array.from({ length }, () => Math.fround(random.nextNormal()));
}

type Run = (inputs: readonly OpInput[], cotangent: readonly number[] | undefined) => Promise<Record<string, Tensor>>;

/** A session with the outputs y, and `d0`, `d1`, …: gradients of Σ cotangent·y with respect to the inputs. */
async function openOp(build: OpBuild, inputs: readonly OpInput[], wanted: readonly number[]): Promise<Run> {
  const values = inputs.map(({ shape, dtype }, i) => input(`x${i}`, dtype, shape));
  const y = build(...values);
  const axes = y.shape.map((_, axis) => axis);
  const loss = sum(multiply(y, input('cotangent', 'f32', y.shape)), axes);
  const found = gradients(
    loss,
    wanted.map((i) => values[i]!),
  );
  const outputs = { y, ...Object.fromEntries(found.map((gradient, k) => [`d${wanted[k]}`, gradient])) };
  for (const node of topological(Object.values(outputs))) checkedOps.add(node.op);

  const symbols = new Map<string, number>();
  for (const { shape, sizes } of inputs) {
    for (const [axis, dim] of shape.entries()) learnSize(dim, sizes[axis]!, symbols);
  }
  const shape = y.shape.map((dim) => dimSize(dim, symbols));
  const length = elements(shape);

  const session = await GraphSession.open(
    { graph: { outputs }, placements: { folder: undefined, byName: new Map() }, trainable: new Map(), seed: 3 },
    { threads: 1, prepack: false, device: testDevice },
  );
  return async (current, cotangent = normals(length, 'cotangent')) => {
    const feeds: Record<string, Tensor> = {
      cotangent: { dtype: 'f32', shape, data: Float32Array.from(cotangent) },
    };
    current.forEach(({ dtype, sizes, data }, i) => {
      feeds[`x${i}`] =
        dtype === 'f32'
          ? { dtype, shape: sizes, data: Float32Array.from(data) }
          : { dtype, shape: sizes, data: BigInt64Array.from(data, BigInt) };
    });
    const results = await session.run(feeds);
    const host = Object.entries(results).map(([name, { dims, data }]) => {
      return [name, { dtype: 'f32', shape: dims, data: data as Float32Array }] as const;
    });
    return Object.fromEntries(host);
  };
}

/** (L(x + hv) − L(x − hv))/2h = ⟨gradient, v⟩ for random directions v, with L = Σ cotangent·y. */
async function compareWithDifferences(
  run: Run,
  inputs: readonly OpInput[],
  wanted: readonly number[],
  given: readonly number[] | undefined,
): Promise<void> {
  const step = 1 / 256;
  const start = await run(inputs, given);
  const cotangent = given ?? normals(start.y!.data.length, 'cotangent');
  for (const i of wanted) {
    const gradient = start[`d${i}`]!.data as Float32Array;
    for (const trial of [1, 2, 3]) {
      const direction = normals(gradient.length, `direction ${i} ${trial}`);
      const lossAt = async (distance: number) => {
        const moved = inputs.map((x, k) =>
          k === i ? { ...x, data: x.data.map((value, n) => value + distance * direction[n]!) } : x,
        );
        const { y } = await run(moved, cotangent);
        return (y!.data as Float32Array).reduce((total, value, n) => total + value * cotangent[n]!, 0);
      };
      const difference = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      const slope = gradient.reduce((total, value, n) => total + value * direction[n]!, 0);
      const scale = Math.hypot(...gradient) + 1e-2;
      expect(Math.abs(difference - slope) / scale, `input ${i}: slope ${slope}, difference ${difference}`).toBeLessThan(
        5e-3,
      );
    }
  }
}
