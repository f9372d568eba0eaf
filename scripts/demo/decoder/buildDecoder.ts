import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SafetensorsTensor, writeSafetensors } from '../../../extension/checkpoint/format/safetensors.ts';
import { initialValues } from '../../../extension/checkpoint/initialize.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { taskTensors } from '../../../extension/models/families.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { teach } from '../teach.ts';
import { bytePairTokenizer } from './bytePairs.ts';
import { document, exercise, inWords, place, record } from './places.ts';

/**
 * Rebuilds the example decoder: `node scripts/run.mjs scripts/demo/decoder/buildDecoder.ts`. Generates what it reads and
 * the rows of examples/places.peft.yaml, learns a tokenizer, makes a random Llama and lets PEFT Lab teach it, every
 * weight tuned: first to go on with any text (causal-lm), then to go on with a record (completion). Takes about five
 * minutes on two cores.
 */
const root = process.cwd();
const work = join(root, '.cache', 'demo-decoder');
const examples = join(root, 'examples');
const seed = 2022;

const rows = <T>(count: number, stream: string, row: (random: Random) => T): T[] => {
  const random = new Random(seed, stream);
  return Array.from({ length: count }, () => row(random));
};
const jsonLines = (values: readonly unknown[]): string =>
  `${values.map((value) => JSON.stringify(value)).join('\n')}\n`;

/** A restaurant's record and its sentences, without the words that ask for them in the corpus and without its area. */
function restaurant(random: Random, isKept: boolean): { readonly prompt: string; readonly completion: string } {
  const found = { ...place(random, { kind: 'restaurant', isKept }), area: undefined };
  return { prompt: record(found), completion: inWords(random, found) };
}

/** Size of the demo decoder: 4 layers × 128. */
const decoderConfig = (vocabulary: number) => ({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: vocabulary,
  hidden_size: 128,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 384,
  hidden_act: 'silu',
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  initializer_range: 0.05,
  tie_word_embeddings: true,
  bos_token_id: null,
  eos_token_id: 0,
  pad_token_id: 0,
});

async function writeRandomModel(folder: string, corpus: readonly string[]): Promise<void> {
  const tokenizer = bytePairTokenizer(corpus, 768);
  const config = decoderConfig(tokenizer.size);
  const json = (name: string, value: unknown) => writeFile(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
  await mkdir(folder, { recursive: true });
  await json('tokenizer.json', tokenizer.json);
  await json('tokenizer_config.json', tokenizer.config);
  await json('config.json', config);
  const { backbone } = taskTensors(readDimensions(config, folder), 'causal-lm', tokenizer.size);
  const tensors = backbone.map((spec): [string, SafetensorsTensor] => {
    const values = initialValues(spec, { kind: 'normal', deviation: config.initializer_range }, seed);
    return [spec.name, { dtype: 'F32', shape: [...spec.shape], data: spec.role === 'gain' ? values.fill(1) : values }];
  });
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(tensors), { format: 'pt' });
}

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
const restaurants = (count: number, stream: string, isKept: boolean) =>
  writeFile(
    join(examples, 'data', `${stream}.jsonl`),
    jsonLines(rows(count, stream, (random) => restaurant(random, isKept))),
  );
await restaurants(800, 'places-train', false);
await restaurants(200, 'places-validation', true);
const corpus = rows(15_000, 'places', document);
await writeFile(join(work, 'corpus.jsonl'), jsonLines(corpus.map((text) => ({ text }))));
await writeRandomModel(join(work, 'model'), corpus.slice(0, 2000));
await writeFile(join(work, 'practice.jsonl'), jsonLines(rows(8000, 'practice', exercise)));
await teach(join(root, 'scripts/demo/decoder/reading.peft.yaml'), work);
const taught = await teach(join(root, 'scripts/demo/decoder/practice.peft.yaml'), work);
await rm(join(taught, 'README.md'));
await rm(join(examples, 'decoder'), { recursive: true, force: true });
await cp(taught, join(examples, 'decoder'), { recursive: true });
