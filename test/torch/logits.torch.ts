import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import { collateInputs } from '../../extension/data/batches/collate.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import { namedEncoders } from '../support/encoderFamilies.ts';
import { Peer } from './peer.ts';
import { sentences } from './sentences.ts';
import { largestDifference, Subject, type Tensors, valueTensors } from './subject.ts';

const classes = 3;
const tasks = ['classification', 'token-classification', 'masked-lm'] as const;

let largest = 0;
let peer: Peer;
beforeAll(() => {
  peer = new Peer();
});
afterAll(async () => {
  console.log(`largest difference of a logit: ${largest.toExponential(1)}`);
  await peer.close();
});

/** Largest difference between the logits of both sides, each from raw text on; real tokens only. */
async function difference(
  folder: string,
  task: TaskName,
  texts: readonly (readonly [string, string | null])[],
  head?: { readonly values: Tensors; readonly shapes: ReadonlyMap<string, readonly number[]> },
) {
  const model = await openModel(folder);
  const { head: kind } = findTask(task);
  const outputs = task === 'masked-lm' ? model.dimensions.vocabulary : classes;
  const tensors = head?.values ?? new Map();
  const ours = await openLogits({
    ...{ model, modelName: folder, task, head: kind, labels: [], outputs, methods: [], tensors },
  });
  const tokenizer = await loadTokenizer(folder);
  const longest = Math.min(48, model.dimensions.maxSequence);
  const encodings = texts.map(([text, pair]) => tokenizer.encode(text, pair ?? undefined, longest));
  const feeds = collateInputs(encodings, { dimensions: model.dimensions, positionShift: 0 });
  const logits = await ours.logits(feeds);
  await ours.close();
  const request = { folder, head: kind, outputs, texts, longest };
  const answer = await peer.compute('logits', request, head && valueTensors(head.values, head.shapes));
  const mask = kind === 'sequence' ? undefined : (feeds.attention_mask.data as BigInt64Array);
  const found = largestDifference(logits.data as Float32Array, answer.tensors.get('logits')!, mask);
  largest = Math.max(largest, found);
  return found;
}

const alone = sentences.map((text) => [text, null] as const);
const pairs = sentences.slice(1).map((text, i) => [sentences[i]!, text] as const);

describe.each(namedEncoders)('a random %s', (family) => {
  it.each(tasks)('gives the logits of transformers for %s', async (task) => {
    const folder = peer.path(`${family}-${task}`);
    await peer.ask('make', { folder, family, head: findTask(task).head, labels: classes, seed: 11 });
    expect(await difference(folder, task, alone)).toBeLessThan(1e-4);
    expect(await difference(folder, task, pairs)).toBeLessThan(1e-4);
  });
});

describe('all-MiniLM-L6-v2', () => {
  it.each(tasks)('gives the logits of transformers for %s', async (task) => {
    const { folder } = await peer.ask<{ folder: string }>('minilm');
    // Its checkpoint has no head: both sides get the same random one.
    const { values, tuning } = await Subject.open({ folder, task, classes, methods: 'head-only' });
    const shapes = new Map(tuning.trainable.map(({ name, shape }) => [name, shape]));
    expect(await difference(folder, task, alone, { values, shapes })).toBeLessThan(1e-4);
    expect(await difference(folder, task, pairs, { values, shapes })).toBeLessThan(1e-4);
  });
});
