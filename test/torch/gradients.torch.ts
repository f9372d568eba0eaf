import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskName } from '../../extension/tasks/registry.ts';
import type { Batch } from '../../extension/tasks/task.ts';
import { encoderFamilies } from '../support/encoderFamilies.ts';
import { Peer } from './peer.ts';
import { sentences } from './sentences.ts';
import {
  isKeyBias,
  largestDifference,
  norm,
  plainMethods,
  Subject,
  type SubjectOptions,
  type Tensors,
} from './subject.ts';

/** Every method with the options that change its formula, the presets, and unions. */
const methods = [
  'ln-tuning',
  'ln-tuning: {terms: [gain], norms: [attention, embedding]}',
  'ln-tuning: {terms: [bias], layers: 1-2}',
  'bitfit',
  'bitfit: {norm_biases: false, layers: [0, 2]}',
  'lora',
  'lora: {rank: 3, alpha: 5, targets: [query, key, value, output, up, down], layers: 0-1}',
  'ia3',
  'ia3: {attention_output: true, layers: 2}',
  'prefix',
  'prefix: {length: 5, positions: unchanged}',
  'prefix: {length: 5, mlp: true, mlp_width: 12}',
  'prefix: {length: 5, mlp: true, mlp_width: 12, positions: unchanged}',
  'adapter',
  'adapter: {at: attention, bottleneck: 4, activation: gelu}',
  'adapter: {at: [attention, ffn], placement: parallel, activation: swish}',
  'adapter: {at: attention, placement: parallel, scale: 2.5, activation: tanh, layers: 0-1}',
  'houlsby',
  'houlsby: {train_norms: true}',
  'pfeiffer',
  'mam',
  'unified',
  'lora: {rank: 3, targets: [query, output, up, down], gated: true}',
  'prefix: {length: 5, gated: true}',
  'prefix: {length: 5, mlp: true, mlp_width: 12, positions: unchanged, gated: true}',
  'adapter: {at: [attention, ffn], gated: true}',
  'adapter: {placement: parallel, gated: true}',
  '[{lora: {gated: true}}, {mam: {gated: true}}, ln-tuning]',
  'full',
  'head-only',
  '[prefix, ln-tuning]',
  '[lora, ia3, bitfit]',
  '[{adapter: {at: attention}}, ln-tuning]',
  '[{adapter: {at: ffn}}, {adapter: {at: ffn, placement: parallel}}, {prefix: {length: 3}}, lora, ia3, {bitfit: {norm_biases: false}}, ln-tuning]',
];
/** Those that peft has, with options that mean the same to it. */
const inPeft = [
  'ln-tuning',
  'lora',
  'lora: {rank: 3, alpha: 5, targets: [query, key, value, output, up, down]}',
  'ia3',
  'ia3: {attention_output: true}',
  'prefix: {length: 6}',
  'prefix: {length: 6, mlp: true, mlp_width: 12}',
];

let peer: Peer;
let minilm: string;
let largestError = 0;
const folders = new Map<string, string>();
beforeAll(async () => {
  peer = new Peer();
  minilm = (await peer.ask<{ folder: string }>('minilm')).folder;
  for (const family of encoderFamilies) {
    for (const head of ['sequence', 'token', 'masked-lm']) {
      const folder = peer.path(`${family}-${head}`);
      await peer.ask('make', { folder, family, head, labels: 3, seed: 12 });
      folders.set(`${family}-${head}`, folder);
    }
  }
});
afterAll(async () => {
  console.log(`largest relative error of a gradient: ${largestError.toExponential(1)}`);
  await peer.close();
});

interface Difference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/** Compares loss, logits and the gradient of every tensor that the peer gives one for. */
function compare(ours: Awaited<ReturnType<Subject['gradients']>>, theirs: Tensors, { feeds }: Batch): void {
  const [loss, logits] = [theirs.get('loss')![0]!, theirs.get('logits')!];
  expect(Math.abs(ours.loss - loss) / loss, 'loss').toBeLessThan(1e-5);
  expect(norm(logits)).toBeGreaterThan(0.1);
  const mask = feeds.labels!.shape.length === 2 ? (feeds.attention_mask!.data as BigInt64Array) : undefined;
  expect(largestDifference(ours.logits, logits, mask), 'logits').toBeLessThan(1e-4);
  const gradients = [...theirs].filter(([name]) => name.startsWith('gradient/'));
  const whole = Math.sqrt(gradients.reduce((sum, [, values]) => sum + norm(values) ** 2, 0));
  expect(gradients.length).toBeGreaterThan(0);
  expect(whole).toBeGreaterThan(0.1);
  for (const [key, expected] of gradients) {
    const name = key.slice('gradient/'.length);
    const error = norm(ours.gradients.get(name)!.map((value, i) => value - expected[i]!));
    // A key's bias beside no prefix has no gradient but rounding: there, and only there, the whole is the measure.
    // A gate's bias is one number, a sum over all tokens that nearly cancels: the gate's weights are its measure.
    const gateWeight = isGateBias(name) ? theirs.get(`gradient/${name.replace(/bias$/, 'weight')}`) : undefined;
    const gate = gateWeight ? norm(gateWeight) : 0;
    const measure = isKeyBias(name) ? Math.max(norm(expected), 0.01 * whole) : Math.max(norm(expected), gate);
    if (!isKeyBias(name)) expect(measure, name).toBeGreaterThan(0);
    expect(error / measure, name).toBeLessThan(1e-4);
    largestError = Math.max(largestError, error / measure);
  }
}

const isGateBias = (name: string): boolean => /[._]gate\.bias$/.test(name);

async function compareWithTorch(
  options: SubjectOptions,
  texts: readonly string[] = sentences.slice(0, 6),
  longest = 24,
): Promise<void> {
  const subject = await Subject.open(options);
  const batch = subject.batch(texts, longest);
  const ours = await subject.gradients(batch);
  const given = subject.given(batch);
  const { result, tensors } = await peer.compute<Difference>('gradients', subject.request, given);
  // Both sides tune the same tensors.
  expect(result).toEqual({ missing: [], surplus: [] });
  compare(ours, tensors, batch);
}

describe.each(encoderFamilies)('gradients of a random %s equal those of PyTorch', (family) => {
  it.each(methods)('%s', async (text) => {
    await compareWithTorch({ folder: folders.get(`${family}-sequence`)!, task: 'classification', methods: text });
  });

  it.each<[TaskName, string, string]>([
    ['regression', 'sequence', 'unified'],
    ['token-classification', 'token', 'unified'],
    ['token-classification', 'token', 'full'],
    ['masked-lm', 'masked-lm', '[mam, ln-tuning]'],
    ['masked-lm', 'masked-lm', 'full'],
  ])('%s with the %s head, %s', async (task, head, text) => {
    await compareWithTorch({ folder: folders.get(`${family}-${head}`)!, task, methods: text });
  });

  it.runIf(family === 'modernbert')('lora of the gate', async () => {
    const model = { folder: folders.get(`${family}-sequence`)!, task: 'classification' } as const;
    await compareWithTorch({ ...model, methods: 'lora: {targets: [gate, up]}' });
  });

  it('bitfit and full with a pooler that is not trained as part of the head', async () => {
    const model = { folder: folders.get(`${family}-sequence`)!, task: 'classification', trainPooler: false } as const;
    for (const text of ['bitfit', 'full', 'ln-tuning']) await compareWithTorch({ ...model, methods: text });
  });
});

describe.each(['bert', 'roberta', 'electra'])('gradients of a random %s equal those of peft', (family) => {
  it.each(inPeft)('%s', async (text) => {
    const folder = folders.get(`${family}-sequence`)!;
    const subject = await Subject.open({ folder, task: 'classification', methods: text });
    const batch = subject.batch(sentences.slice(0, 6), 24);
    const ours = await subject.gradients(batch);
    const [method] = plainMethods(text);
    const request = { folder, outputs: 3, method };
    const { result, tensors } = await peer.compute<Difference>('library_gradients', request, subject.given(batch));
    expect(result).toEqual({ missing: [], surplus: [] });
    compare(ours, tensors, batch);
    // The method's tensors, all of them; the head's are compared above.
    const compared = [...tensors.keys()].filter((name) => name.startsWith('gradient/')).length;
    expect(compared).toBe(subject.tuning.union.tunable.length);
  });
});

describe('gradients of all-MiniLM-L6-v2 equal those of PyTorch', () => {
  it.each(['ln-tuning', 'unified'])('%s', async (text) => {
    await compareWithTorch({ folder: minilm, task: 'classification', methods: text }, sentences, 64);
  });

  it('ln-tuning, token classification', async () => {
    await compareWithTorch({ folder: minilm, task: 'token-classification', methods: 'ln-tuning' }, sentences, 64);
  });
});
