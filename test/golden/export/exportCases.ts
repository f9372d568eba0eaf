/**
 * Exports tiny tuned models for check_peft.py: `node scripts/run.mjs test/golden/export/exportCases.ts OUT [NAME]`. Each case
 * is a folder OUT/<case> and OUT/<case>.json with its base model, format, feeds and logits.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportModel } from '../../../extension/export/exportModel.ts';
import { sampleFeeds } from '../../../extension/export/sampleFeeds.ts';
import { openLogits } from '../../../extension/inference/tunedGraphs.ts';
import { MethodError } from '../../../extension/methods/declaration/methodError.ts';
import { namedEncoders } from '../../support/encoderFamilies.ts';
import { decoderHeads, tunedDecoder, tunedModel } from '../../support/tunedModels.ts';

const methods = {
  ln: 'ln-tuning',
  'ln-added-bias': 'ln-tuning: {added_bias: true}',
  'ln-ffn-bias': 'ln-tuning: {norms: [ffn], terms: [bias]}',
  lora: 'lora: {rank: 2, alpha: 3}',
  'lora-everywhere': 'lora: {targets: [query, key, value, output, up, down], layers: 1}',
  'lora-dense': 'lora: {rank: 2, targets: [output, up, down]}',
  ia3: 'ia3',
  'ia3-output': 'ia3: {attention_output: true}',
  prefix: 'prefix: {length: 3}',
  'prefix-mlp': 'prefix: {length: 3, mlp: true, mlp_width: 4}',
  'lora-ln': '[lora, ln-tuning]',
  'ia3-ln': '[ia3, {ln-tuning: {norms: [attention, embedding]}}]',
  'prefix-ln': '[{prefix: {length: 2}}, ln-tuning]',
  bitfit: 'bitfit',
  'lora-ia3-bitfit': '[lora, ia3, bitfit]',
  full: 'full',
  'head-only': 'head-only',
} as const;
const encoders = namedEncoders.flatMap((family) =>
  ['sequence', 'token', 'masked-lm'].map((head) => {
    const name = `${family}-${head}`;
    return { name, tuned: (methods: string, trainPooler: boolean) => tunedModel(name, methods, trainPooler) };
  }),
);
const decoders = ['gpt2', 'gpt2-variant', 'llama', 'qwen2', 'qwen3', 'mistral'].flatMap((family) =>
  decoderHeads.map((head) => ({
    name: `${family}-${head}`,
    tuned: (methods: string) => tunedDecoder(family, methods, head),
  })),
);

const [, , out, only = ''] = process.argv;
if (out === undefined) throw new Error('exportCases: give the folder to write into');
mkdirSync(out, { recursive: true });
let count = 0;
for (const model of [...encoders, ...decoders].filter(({ name }) => name.startsWith(only))) {
  for (const [name, text] of Object.entries(methods)) {
    const tuned = await model.tuned(text, name !== 'ln').catch((error: unknown) => {
      if (error instanceof MethodError) return undefined;
      throw error;
    });
    if (!tuned) continue;
    const reference = await openLogits(tuned);
    for (const format of ['peft', 'merged'] as const) {
      const id = `${model.name}-${name}-${format}`;
      try {
        await exportModel(tuned, format, path.join(out, id), { reference });
      } catch (error) {
        if (error instanceof Error && error.message.includes('; export it as ')) continue;
        throw error;
      }
      const batches = [];
      for (const feeds of sampleFeeds(tuned)) {
        const { shape, data } = await reference.logits(feeds);
        const plain = Object.entries(feeds).map(([key, tensor]) => {
          const width = tensor.shape[1] ?? 1;
          const rows = Array.from({ length: tensor.shape[0] ?? 1 }, (_, row) =>
            Array.from(tensor.data.slice(row * width, (row + 1) * width), Number),
          );
          return [key, rows];
        });
        batches.push({ feeds: Object.fromEntries(plain), shape, logits: Array.from(data, Number) });
      }
      const record = { base: tuned.model.folder, format, head: tuned.head, labels: tuned.labels, batches };
      writeFileSync(path.join(out, `${id}.json`), JSON.stringify(record));
      count++;
    }
    await reference.close();
  }
}
console.log(`${count} exports in ${out}`);
