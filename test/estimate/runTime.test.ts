import { expect, it } from 'vitest';
import { runTime } from '../../extension/estimate/runTime.ts';
import { graphWork } from '../../extension/estimate/work/graphWork.ts';
import { type RunWork, sizesOf } from '../../extension/estimate/work/runWork.ts';
import { input, linear, parameter } from '../../extension/graph/ops.ts';
import { timetable } from '../../extension/training/loop/timetable.ts';

/** A machine that takes time for products alone. */
const zero = { int8Product: 0, move: 0, kernel: 0, tune: 0, layOut: 0, quantize: 0, open: 0, process: 0 };
const speeds = { ...zero, product: 1e-9 };

const y = linear(input('x', 'f32', ['B', 'S', 64]), parameter('w', [64, 64], false));
const graph = { outputs: { loss: y } };
const work: RunWork = {
  training: graph,
  evaluation: graph,
  prefix: undefined,
  int8: false,
  prepacks: true,
  tunedNumbers: 0,
  steppedNumbers: 0,
  widenedNumbers: 0,
  trainingRows: 8,
  trainingBatches: {
    shapes: [{ rows: 8, length: 100, labelled: 8, count: 1 }],
    tokens: 800,
    paddedTokens: 800,
    longest: 100,
  },
  validationBatches: undefined,
  testBatches: undefined,
  timetable: timetable(1, {
    epochs: 1,
    max_steps: null,
    gradient_accumulation: 1,
    eval_steps: null,
    checkpoint_steps: null,
  }),
  evaluatesOnStart: false,
  cacheLimitBytes: 0,
  heldTokens: 0,
  readSeconds: 0,
  rowSeconds: 0,
};

it('takes it that the first pass of a session is cold, and takes twice as long', () => {
  const pass = graphWork(graph, sizesOf(8, 100, 8), false).products * speeds.product;
  expect(pass).toBeGreaterThan(0);
  const { start, training } = runTime(work, speeds);
  expect(start).toBeCloseTo(pass, 12);
  expect(training - start).toBeGreaterThan(0);
});
