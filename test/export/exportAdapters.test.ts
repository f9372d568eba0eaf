import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { exportAdapters } from '../../extension/export/exportAdapters.ts';
import { smallDecoder } from '../support/smallDecoder.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { times, tunedDecoder, tunedModel } from '../support/tunedModels.ts';

/** The same model with other values of all that was tuned. */
const out = () => path.join(temporaryFolder(), 'out');

describe('one base for many adapters', () => {
  it.each([
    ['bert-sequence', 'ln-tuning'],
    ['roberta-token', '[lora, ln-tuning]'],
    ['distilbert-sequence', 'unified: {length: 2}'],
    ['electra-masked-lm', 'bitfit'],
    ['bert-token', 'full'],
  ])('gives the logits of each tuned %s, with %s', async (name, methods) => {
    const tuned = await tunedModel(name, methods);
    const folder = out();
    const { verified } = await exportAdapters(
      [
        { name: 'a', tuned },
        { name: 'b', tuned: times(tuned, 0.7) },
      ],
      folder,
    );
    expect(verified).toMatch(
      /^verified: reopened and compared for 2 models, (max difference [\d.]+e−[5-9]|all logits equal)$/,
    );
    expect(readdirSync(folder).sort()).toEqual(
      expect.arrayContaining([
        'a.safetensors',
        'b.safetensors',
        'model.onnx',
        'model.onnx.data',
        'model.required.onnx',
      ]),
    );
    const { entries, metadata } = await openSafetensors(path.join(folder, 'a.safetensors'));
    expect([...entries.keys()].sort()).toEqual([...tuned.tensors.keys()].sort());
    expect(metadata).toMatchObject({ labels: JSON.stringify(tuned.labels), task: tuned.task });
    expect(statSync(path.join(folder, 'model.onnx')).size).toBeGreaterThan(
      statSync(path.join(folder, 'model.required.onnx')).size,
    );
  });

  it('gives the logits of tuned models that write text, with what ends one', async () => {
    const base = await smallDecoder(path.join(temporaryFolder(), 'base'), 'llama', { eos_token_id: 2 });
    writeFileSync(path.join(base, 'generation_config.json'), '{"eos_token_id":2}');
    const folder = out();
    const tuned = await tunedDecoder(base, 'prefix: {length: 2}');
    const { verified } = await exportAdapters([{ name: 'a', tuned }], folder);
    expect(verified).toContain('verified');
    expect(readFileSync(path.join(folder, 'generation_config.json'), 'utf8')).toBe('{"eos_token_id":2}');
  });

  it('keeps the floats of the config, which classes of transformers ask for', async () => {
    const folder = out();
    await exportAdapters([{ name: 'a', tuned: await tunedModel('modernbert-sequence', 'ln-tuning') }], folder);
    const text = readFileSync(path.join(folder, 'config.json'), 'utf8');
    expect(text).toContain('"initializer_cutoff_factor": 2.0,');
    expect(text).not.toContain('id2label');
  });

  it('is refused for two models of one name, of which one file would be left', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const models = ['run', 'Run'].map((name) => ({ name, tuned }));
    await expect(exportAdapters(models, out())).rejects.toThrow(
      'Run: must be the name of one run, as its file is called by it, got two; name each run once, or rename a folder',
    );
  });

  it('is refused for models that differ in more than values', async () => {
    const first = { name: 'a', tuned: await tunedModel('bert-sequence', 'ln-tuning') };
    for (const [other, message] of [
      [await tunedModel('bert-sequence', 'lora'), /b: must have the methods of a, .*; export it on its own/],
      [await tunedModel('roberta-sequence', 'ln-tuning'), /b: must have the base model of a/],
      [{ ...first.tuned, outputs: 2 }, /b: must have the head of a, sequence with 3 outputs, got sequence with 2/],
    ] as const) {
      await expect(exportAdapters([first, { name: 'b', tuned: other }], out())).rejects.toThrow(message);
    }
  });
});
