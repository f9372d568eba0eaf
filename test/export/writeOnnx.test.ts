import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ModelProtoSchema } from '../../extension/engines/onnx/generated/onnx_pb.ts';
import { openSession, toEngine } from '../../extension/engines/onnx/native/session.ts';
import { sampleFeeds } from '../../extension/export/sampleFeeds.ts';
import { writeOnnx } from '../../extension/export/writeOnnx.ts';
import type { Tensor } from '../../extension/graph/tensor.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tunedDecoder, tunedModel } from '../support/tunedModels.ts';

async function runFile(folder: string, feeds: Readonly<Record<string, Tensor>>): Promise<readonly number[]> {
  const options = { folder, threads: 1, prepack: false };
  const session = await openSession(readFileSync(join(folder, 'model.onnx')), options);
  const fed = session.inputNames.map((name) => [name, toEngine(feeds[name]!)] as const);
  const { logits } = await session.run(Object.fromEntries(fed));
  await session.release();
  return Array.from(logits!.data as Float32Array);
}

describe('writeOnnx', () => {
  it.each([
    ['bert-sequence', ['input_ids', 'attention_mask', 'token_type_ids']],
    ['distilbert-token', ['input_ids', 'attention_mask']],
  ])('gives %s its inputs, output, labels and tokenizer', async (name, inputs) => {
    const folder = join(temporaryFolder(), 'out');
    await writeOnnx(folder, await tunedModel(name, 'ln-tuning'));
    expect(readdirSync(folder).sort()).toEqual([
      'config.json',
      'model.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { graph, opsetImport } = fromBinary(ModelProtoSchema, readFileSync(join(folder, 'model.onnx')));
    expect(graph!.input.map((input) => input.name).sort()).toEqual([...inputs].sort());
    expect(graph!.output.map((output) => output.name)).toEqual(['logits']);
    expect(opsetImport.length).toBeGreaterThan(0);
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    expect(config.id2label).toEqual({ 0: 'bad', 1: 'fair', 2: 'good' });
  });

  it('gives a model that writes text the inputs of its past, and a prefix to no cache', async () => {
    const folder = join(temporaryFolder(), 'out');
    await writeOnnx(folder, await tunedDecoder('llama', 'prefix: {length: 3}'));
    const { graph } = fromBinary(ModelProtoSchema, readFileSync(join(folder, 'model.onnx')));
    const dims = (value: NonNullable<typeof graph>['input'][number]) => {
      const type = value.type!.value;
      const shape = type.case === 'tensorType' ? type.value.shape!.dim : [];
      return shape.map(({ value: dim }) => (dim.case === 'dimValue' ? Number(dim.value) : dim.value));
    };
    const past = ['B', 2, 'P', 4];
    expect(Object.fromEntries(graph!.input.map((input) => [input.name, dims(input)]))).toEqual({
      input_ids: ['B', 'S'],
      position_ids: ['B', 'S'],
      attention_mask: ['B', 'P+S'],
      'past_key_values.0.key': past,
      'past_key_values.0.value': past,
      'past_key_values.1.key': past,
      'past_key_values.1.value': past,
    });
    expect(graph!.output.map(({ name }) => name)).toEqual([
      'logits',
      ...[0, 1].flatMap((layer) => [`present.${layer}.key`, `present.${layer}.value`]),
    ]);
  });

  it('puts weights that are too large for one file beside it', async () => {
    const tuned = await tunedModel('bert-sequence', 'unified: {length: 2}');
    const [inside, beside] = [join(temporaryFolder(), 'inside'), join(temporaryFolder(), 'beside')];
    await writeOnnx(inside, tuned);
    await writeOnnx(beside, tuned, 1000);
    expect(readdirSync(beside)).toContain('model.onnx.data');
    expect(statSync(join(beside, 'model.onnx')).size).toBeLessThan(statSync(join(inside, 'model.onnx')).size);
    const reference = await openLogits(tuned);
    for (const feeds of sampleFeeds(tuned)) {
      const expected = Array.from((await reference.logits(feeds)).data, Number);
      for (const folder of [inside, beside]) {
        const logits = await runFile(folder, feeds);
        expect(Math.max(...logits.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
      }
    }
    await reference.close();
  });

  it('gives equal bytes for equal models', async () => {
    const bytes = [];
    for (const name of ['a', 'b']) {
      const folder = join(temporaryFolder(), name);
      mkdirSync(folder);
      await writeOnnx(folder, await tunedModel('electra-sequence', '[lora, ln-tuning]'));
      bytes.push(readFileSync(join(folder, 'model.onnx')));
    }
    expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
  });
});
