import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { epochBatches } from '../../extension/data/batches/batches.ts';
import { collate } from '../../extension/data/batches/collate.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { Random } from '../../extension/numbers/random.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import { withPriors } from '../../extension/training/classPriors.ts';
import { firstValues, planTuning } from '../../extension/training/plan/tuning.ts';
import { configOf } from '../../extension/training/prepare/runConfig.ts';
import { trainRun } from './commandLine.ts';
import { Peer } from './peer.ts';
import { sentences } from './sentences.ts';
import { feedTensors, norm, plainMethods, relativeError, valueTensors } from './subject.ts';

const steps = 20;
const warmup = 4;
const accumulation = 2;
const batchSize = 4;
/** Between the gradient norms that occur: Adam would not notice a factor that is the same at every step. */
const clip = 2.3;
const labels = ['dull', 'good', 'mixed'];

interface Row {
  readonly text: string;
  readonly label: string;
}

/** 44 rows: 11 batches an epoch, so that every epoch ends with a step of one batch, and the run within an epoch. */
const rows: readonly Row[] = Array.from({ length: 44 }, (_, row) => {
  const random = new Random(3, 'row', row);
  const label = random.nextInt(labels.length);
  const words = sentences[(4 * random.nextInt(4) + label) % sentences.length]!.split(' ');
  return { text: words.slice(0, 2 + random.nextInt(words.length)).join(' '), label: labels[label]! };
});

let largest = 0;
let peer: Peer;
let tiny: string;
let minilm: string;
beforeAll(async () => {
  peer = new Peer();
  minilm = (await peer.ask<{ folder: string }>('minilm')).folder;
  tiny = peer.path('tiny');
  await peer.ask('make', { folder: tiny, family: 'bert', head: 'sequence', labels: labels.length, seed: 13 });
});
afterAll(async () => {
  console.log(`largest relative difference of a loss: ${largest.toExponential(1)}`);
  await peer.close();
});

/** Trains with the command line. */
function train(folder: string, model: string, methods: unknown, learningRate: number | null) {
  writeFileSync(path.join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return trainRun(folder, {
    model,
    task: 'classification',
    data: { train: 'rows.jsonl', max_length: 24 },
    methods,
    training: {
      max_steps: steps,
      batch_size: batchSize,
      gradient_accumulation: accumulation,
      learning_rate: learningRate,
      weight_decay: 0.02,
      warmup_ratio: warmup / steps,
      max_grad_norm: clip,
      // Batches of one length each: some have gradients beyond the clip, others do not.
      length_window: 50,
      dropout: 0,
      seed: 6,
    },
  });
}

/** The same first values, batches and settings for the peer. */
async function question(runFolder: string, model: string) {
  const { config, methods } = configOf(readRunRecord(runFolder));
  const { training } = config;
  const task = findTask('classification');
  const opened = await openModel(model);
  const counts = labels.map((label) => 1 + rows.filter((row) => row.label === label).length);
  const weights = withPriors(
    Float32Array.from(counts, (count) => Math.log(count / (rows.length + labels.length))),
    modelWeights(opened, { head: task.head, outputs: labels.length, seed: training.seed }),
  );
  const { trainable, groups, graphs, frozen, union } = planTuning(weights, {
    methods,
    task,
    trainPooler: true,
    learningRate: training.learning_rate ?? undefined,
    headLearningRate: training.head_learning_rate,
    weightDecay: training.weight_decay,
    labelSmoothing: 0,
    dropout: 0,
  });
  const first = (await firstValues({ trainable, groups, graphs, frozen, union }, weights, training.seed)).values;
  const tokenizer = await loadTokenizer(model);
  const examples = rows.map(({ text, label }, index) => {
    const { inputIds, tokenTypeIds } = tokenizer.encode(text, undefined, 24);
    return { index, inputIds, tokenTypeIds, target: [labels.indexOf(label)] };
  });
  const padding = { dimensions: opened.dimensions, positionShift: graphs.positionShift };
  const batches: (readonly number[])[] = [];
  const byStep: number[][] = [];
  for (let epoch = 0; byStep.length < steps; epoch++) {
    const order = [...rows.keys()];
    const lengthOf = (row: number) => examples[row]!.inputIds.length;
    const ofEpoch = epochBatches(order, lengthOf, {
      batchSize,
      seed: training.seed,
      lengthWindow: training.length_window,
      epoch,
    });
    for (let i = 0; i < ofEpoch.length && byStep.length < steps; i += accumulation) {
      const together = ofEpoch.slice(i, i + accumulation);
      byStep.push(together.map((_, j) => batches.length + j));
      batches.push(...together);
    }
  }
  const shapes = new Map(trainable.map(({ name, shape }) => [name, shape]));
  const given = new Map([
    ...valueTensors(first, shapes),
    ...batches.flatMap((members, i) => {
      const { feeds } = collate(
        members.map((row) => examples[row]!),
        task,
        padding,
      );
      return [...feedTensors(feeds, `batch${i}`)];
    }),
  ]);
  const settings = groups.map(({ learningRate, weightDecay }, group) => {
    const tensors = trainable.filter((tensor) => tensor.group === group).map(({ name }) => name);
    return { learningRate, weightDecay, tensors };
  });
  const request = {
    ...{ folder: model, head: task.head, task: 'classification', outputs: labels.length },
    ...{ methods: plainMethods(JSON.stringify(config.methods)), groups: settings, steps: byStep, warmup, clip },
  };
  return { request, given, first };
}

describe('20 steps of the command line have the losses of PyTorch', () => {
  it.each([
    ['tiny', 'ln-tuning', 3e-3],
    ['tiny', 'lora', 3e-3],
    ['tiny', 'unified', null],
    ['tiny', ['lora', { 'ln-tuning': { learning_rate: 2e-3 } }, { adapter: { at: 'attention' } }], null],
    ['tiny', 'full', 1e-3],
    ['all-MiniLM-L6-v2', 'ln-tuning', 3e-3],
  ] as const)('%s, %j, learning rate %s', async (name, methods, learningRate) => {
    const model = name === 'tiny' ? tiny : minilm;
    const folder = peer.path('run');
    mkdirSync(folder);
    const run = train(folder, model, methods, learningRate);
    const { request, given, first } = await question(run.folder, model);
    const { result, tensors } = await peer.compute<{ losses: number[]; norms: number[] }>('train', request, given);

    const progress = run.events.filter((event) => event.type === 'progress');
    expect(progress.map(({ step }) => step)).toEqual(result.losses.map((_, i) => i + 1));
    for (const [i, { step, loss, gradientNorm }] of progress.entries()) {
      const expected = { loss: result.losses[i]!, norm: result.norms[i]! };
      const difference = Math.abs(loss - expected.loss) / expected.loss;
      largest = Math.max(largest, difference);
      expect(difference, `loss at step ${step}`).toBeLessThan(1e-3);
      expect(Math.abs(gradientNorm - expected.norm) / expected.norm, `norm at step ${step}`).toBeLessThan(1e-3);
    }
    // The curve is one: training moved the loss by far more than what is compared, and some steps were clipped.
    const mean = (losses: readonly number[]) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect(mean(result.losses.slice(-5))).toBeLessThan(0.98 * mean(result.losses.slice(0, 5)));
    expect(result.norms.some((value) => value > clip)).toBe(true);
    expect(result.norms.some((value) => value < clip)).toBe(true);

    const kept = await openSafetensors(path.join(run.folder, runFiles.adapter, 'adapter.safetensors'));
    for (const [tensor, theirs] of tensors) {
      const start = first.get(tensor)!;
      // Adam walks at random where the gradient is rounding alone: biases of keys.
      if (tensor.endsWith('.key.bias')) continue;
      const ours = await readFloats(kept, tensor);
      const way = theirs.map((value, i) => value - start[i]!);
      expect(norm(way), tensor).toBeGreaterThan(0);
      const wayOfOurs = ours.map((value, i) => value - start[i]!);
      expect(relativeError(wayOfOurs, way), tensor).toBeLessThan(1e-2);
    }
  });
});
