import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type SafetensorsTensor, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { initialValues } from '../../extension/checkpoint/initialize.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { elements } from '../../extension/graph/tensor.ts';
import { composedTensors } from '../../extension/models/checkpointNames.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { taskTensors } from '../../extension/models/families.ts';
import { putSource } from '../../extension/models/model/tensorSource.ts';

const tokenizer = path.resolve('test/golden/tokenizers/bytelevel');

/** `config.json` of small decoders, by family. */
const llama = {
  model_type: 'llama',
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 64,
  attention_dropout: 0.1,
  tie_word_embeddings: true,
};
const configs = {
  llama,
  mistral: { ...llama, model_type: 'mistral' },
  qwen2: { ...llama, model_type: 'qwen2' },
  qwen3: { ...llama, model_type: 'qwen3', head_dim: 4 },
  gpt2: { model_type: 'gpt2', n_embd: 16, n_layer: 2, n_head: 2, n_positions: 64 },
} as const;

/** Writes the tokenizer of a decoder: bytes, nothing around a text, and a token that ends it. */
export function writeTokenizer(folder: string): void {
  const read = (file: string) => JSON.parse(readFileSync(path.join(tokenizer, file), 'utf8')) as object;
  const write = (file: string, value: object) => writeFileSync(path.join(folder, file), JSON.stringify(value));
  write('tokenizer.json', { ...read('tokenizer.json'), post_processor: null });
  write('tokenizer_config.json', { ...read('tokenizer_config.json'), eos_token: '</s>' });
}

/** Writes a small decoder of random weights, with a tokenizer: the folder. */
export async function smallDecoder(
  folder: string,
  family: keyof typeof configs = 'llama',
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { vocabularySize } = await loadTokenizer(tokenizer);
  const config = { ...configs[family], vocab_size: vocabularySize, ...more };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeTokenizer(folder);
  const dimensions = readDimensions(config, folder);
  const { backbone } = taskTensors(dimensions, 'causal-lm', vocabularySize);
  const own = new Map(
    backbone.map((spec) => {
      const noise = initialValues(spec, { kind: 'normal', deviation: 0.1 }, 1);
      return [spec.name, spec.role === 'gain' ? noise.map((value) => 1 + value) : noise];
    }),
  );
  const values = composedTensors(dimensions, backbone).map(({ name, shape, parts }): [string, SafetensorsTensor] => {
    const data = new Float32Array(elements(shape));
    for (const part of parts) putSource(part.source, own.get(part.name)!, data);
    return [name, { dtype: 'F32', shape: [...shape], data }];
  });
  await writeSafetensors(path.join(folder, 'model.safetensors'), new Map(values), { format: 'pt' });
  return folder;
}

const colours = ['red', 'green', 'blue', 'grey'];

/** A config that tunes a small decoder on short prompts and completions. */
export async function decoderConfig(folder: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  await smallDecoder(path.join(folder, 'model'));
  const rows = Array.from({ length: 40 }, (_, i) => {
    const [colour, thing] = [colours[i % 4], i % 3 === 0 ? 'boat' : 'big old house'];
    return JSON.stringify({ prompt: `${thing}: ${colour}`, completion: `The ${thing} is ${colour}.` });
  });
  writeFileSync(path.join(folder, 'train.jsonl'), `${rows.join('\n')}\n`);
  writeFileSync(path.join(folder, 'validation.jsonl'), `${rows.slice(0, 7).join('\n')}\n`);
  const config = {
    model: 'model',
    task: 'completion',
    data: { train: 'train.jsonl', validation: 'validation.jsonl' },
    methods: ['ln-tuning'],
    training: { epochs: 2, batch_size: 8, checkpoint_steps: 2 },
    ...more,
  };
  const file = path.join(folder, 'decoder.peft.yaml');
  writeFileSync(file, JSON.stringify(config));
  return file;
}
