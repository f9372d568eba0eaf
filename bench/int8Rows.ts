/**
 * On how many rows are an int8 backbone's channels to be measured, and by how many is it to be judged?
 * `node scripts/run.mjs bench/int8Rows.ts --model FOLDER --data FILE [--task completion] [--columns '{"prompt":"mr","completion":"ref"}']
 * [--methods ln-tuning] [--rows 32] [--draws 0,1,1,1,2,2,2,4,4,8] [--threads N]`; for classification `--task classification --columns
 * '{"text":"sentence","label":"label"}' --labels 0,1`. Channels are measured on as many rows as each draw says; then
 * the gradient of each other row is computed in fp32 and in int8. A gradient of several rows is their sum, so that one
 * pass tells what a check on 1, 2, 4 or 8 rows would have found.
 */
import { parseArgs } from 'node:util';
import { modelWeights, openModel } from '../extension/checkpoint/modelFolder.ts';
import { collate } from '../extension/data/batches/collate.ts';
import { BadRows } from '../extension/data/formats/bytes/badRows.ts';
import { readRows } from '../extension/data/formats/read.ts';
import { loadTokenizer } from '../extension/data/tokenizer/tokenizer.ts';
import type { OutlierChannels, TensorValues } from '../extension/engines/engine.ts';
import { onnxEngine } from '../extension/engines/onnx/onnxEngine.ts';
import { gradientDifference } from '../extension/engines/trials/compareSteps.ts';
import { outlierChannels } from '../extension/engines/trials/outlierChannels.ts';
import { parseMethodsText } from '../extension/methods/entries/parse.ts';
import { findTask } from '../extension/tasks/registry.ts';
import type { Row } from '../extension/tasks/rows/row.ts';
import { allFrozen, planTuning, trainingProgram, untunedGraph } from '../extension/training/plan/tuning.ts';
import { median } from './median.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    task: { type: 'string', default: 'completion' },
    columns: { type: 'string', default: '{"prompt":"mr","completion":"ref"}' },
    labels: { type: 'string', default: '' },
    methods: { type: 'string', default: 'ln-tuning' },
    rows: { type: 'string', default: '32' },
    draws: { type: 'string', default: '0,1,1,1,2,2,2,4,4,8' },
    threads: { type: 'string', default: '2' },
  },
});
const task = findTask(given.task as 'completion');
const labels = given.labels === '' ? [] : given.labels.split(',');
const model = await openModel(given.model!);
const tokenizer = await loadTokenizer(given.model!, model.dimensions.vocabulary);
const weights = modelWeights(model, {
  head: task.head,
  outputs: task.outputs(labels, model.dimensions.vocabulary),
  labels,
  seed: 1,
});
const tuning = planTuning(weights, {
  methods: parseMethodsText(given.methods).methods,
  task,
  trainPooler: true,
  learningRate: undefined,
  headLearningRate: 1e-3,
  weightDecay: 0,
  labelSmoothing: 0,
  dropout: 0,
});
const program = await trainingProgram(tuning, weights, 1);
const rows: Row[] = [];
for await (const row of readRows({ file: given.data! }, [], new BadRows('error'))) rows.push(row);
const counts = given.draws.split(',').map(Number);
const [judges, samples] = [Number(given.rows), counts.reduce((sum, count) => sum + count, 0)];
const every = Math.floor(rows.length / (judges + samples));
const examples = Array.from({ length: judges + samples }, (_, i) => ({
  index: i,
  ...task.encode(rows[i * every]!, JSON.parse(given.columns), tokenizer, { labels, maxLength: 512 }),
}));
const feedsOf = (places: readonly number[], positionShift: number) =>
  collate(
    places.map((place) => examples[place]!),
    task,
    { dimensions: model.dimensions, positionShift },
  ).feeds;
const engine = onnxEngine('cpu');
const threads = Number(given.threads);

interface RowGradient {
  readonly loss: number;
  readonly gradients: TensorValues;
}

async function rowGradients(outliers: OutlierChannels | undefined): Promise<RowGradient[]> {
  const backbone = outliers ? 'int8' : 'fp32';
  const session = await engine.openTraining(program, { threads, backbone, outliers, expectedSteps: 1000 });
  const found: RowGradient[] = [];
  for (let row = 0; row < judges; row++) {
    const batches = [feedsOf([row], tuning.graphs.positionShift)];
    found.push(await session.gradients({ step: 1, batches, lossScale: 1 }));
  }
  await session.close();
  return found;
}

function sum(rows: readonly RowGradient[]): RowGradient {
  const total = new Map<string, Float32Array>();
  for (const { gradients } of rows) {
    for (const [name, values] of gradients) {
      const into = total.get(name) ?? new Float32Array(values.length);
      for (const [i, value] of values.entries()) into[i]! += value;
      total.set(name, into);
    }
  }
  return { loss: rows.reduce((loss, row) => loss + row.loss, 0), gradients: total };
}

const exact = await rowGradients(undefined);
const untuned = untunedGraph(weights, task);
const frozen = () => allFrozen(untuned, weights, program.frozen);
const draws: { readonly name: string; readonly outliers: OutlierChannels }[] = [];
let next = judges;
for (const [draw, count] of counts.entries()) {
  const batches = Array.from({ length: count }, () => feedsOf([next++], 0));
  const sample = { forward: untuned, frozen, batches };
  const outliers = count === 0 ? {} : await outlierChannels(engine, { threads }, sample);
  draws.push({ name: `${count} rows (draw ${draw})`, outliers });
}
for (const { name, outliers } of draws) {
  const bytes = await rowGradients(outliers);
  for (const together of new Set([1, 2, 4, 8, judges])) {
    const groups = Array.from({ length: Math.floor(judges / together) }, (_, i) => {
      const [a, b] = [exact, bytes].map((all) => sum(all.slice(i * together, (i + 1) * together)));
      const { cosine } = gradientDifference(a!.gradients, b!.gradients);
      return { cosine, loss: Math.abs(b!.loss - a!.loss) / a!.loss };
    });
    const cosines = groups.map(({ cosine }) => cosine);
    const losses = groups.map(({ loss }) => loss);
    const passed = groups.filter(({ cosine, loss }) => cosine >= 0.99 && loss <= 0.01).length;
    console.log(
      `channels of ${name}; judged by ${together}: cosine ${median(cosines).toFixed(4)} (${Math.min(...cosines).toFixed(4)} … ` +
        `${Math.max(...cosines).toFixed(4)}), loss differs by ${(100 * median(losses)).toFixed(2)} % (at most ` +
        `${(100 * Math.max(...losses)).toFixed(2)}), ${passed} of ${groups.length} pass`,
    );
  }
}
