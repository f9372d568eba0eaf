/**
 * Memory and time of tuning a decoder of a published shape with random weights:
 * `npm run build`, then `node scripts/run.mjs bench/decoderShape.ts [--shape qwen2.5-0.5b] [--dtype bf16|f32] [--batch 4]
 * [--length 128] [--steps 8] [--methods ln-tuning] [--backbone int8] [--threads N] [--out decoderShape]`.
 * The model is written into a temporary folder, as large as the published one; its tokenizer is the example decoder's. The
 * first run begins with empty caches, a second one finds what it kept. Peak memory is the system's own figure of the
 * process that trains (Linux). Random weights have no outlier channels and a loss of ln V, so only sizes are like the real.
 */
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { elements } from '../extension/graph/tensor.ts';
import { composedTensors } from '../extension/models/checkpointNames.ts';
import { readDimensions } from '../extension/models/config.ts';
import { taskTensors } from '../extension/models/families.ts';
import { Random } from '../extension/numbers/random.ts';
import { median } from './median.ts';
import { trainCommand } from './trainCommand.ts';
import { writeResult } from './writeResult.ts';

const shapes = {
  /** To see that all runs. */
  small: {
    model_type: 'qwen2',
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 96,
    vocab_size: 1000,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
  'qwen2.5-0.5b': {
    model_type: 'qwen2',
    hidden_size: 896,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    intermediate_size: 4864,
    vocab_size: 151_936,
    max_position_embeddings: 32_768,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
  'smollm2-135m': {
    model_type: 'llama',
    hidden_size: 576,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    intermediate_size: 1536,
    vocab_size: 49_152,
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-5,
    rope_theta: 1e5,
    tie_word_embeddings: true,
  },
} as const;

const { values: given } = parseArgs({
  options: {
    shape: { type: 'string', default: 'qwen2.5-0.5b' },
    dtype: { type: 'string', default: 'bf16' },
    batch: { type: 'string', default: '4' },
    length: { type: 'string', default: '128' },
    steps: { type: 'string', default: '8' },
    methods: { type: 'string', default: 'ln-tuning' },
    backbone: { type: 'string', default: 'int8' },
    threads: { type: 'string', default: String(cpus().length) },
    out: { type: 'string', default: 'decoderShape' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const config = shapes[given.shape as keyof typeof shapes];
if (!config) throw new Error(`--shape: must be among ${Object.keys(shapes).join(', ')}, got ${given.shape}`);

/** Numbers of a normal distribution as bytes, over and over: a matrix of them has full rank as soon as it is not square. */
function bytesOf(deviation: number, centre: number): Buffer {
  const random = new Random(1, 'bench', String(centre));
  const values = Float32Array.from({ length: 1_000_003 }, () => centre + deviation * random.nextNormal());
  if (given.dtype !== 'bf16') return Buffer.from(values.buffer);
  const bits = new Uint32Array(values.buffer);
  return Buffer.from(Uint16Array.from(bits, (word) => word >>> 16).buffer);
}

/** Writes the model's one weights file, tensor by tensor. */
function writeModel(folder: string): void {
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(path.join(root, 'examples/decoder', name), path.join(folder, name));
  }
  const dimensions = readDimensions({ ...config }, folder);
  const { backbone } = taskTensors(dimensions, 'causal-lm', dimensions.vocabulary);
  const gains = new Set(backbone.filter(({ role }) => role === 'gain').map(({ name }) => name));
  const width = given.dtype === 'bf16' ? 2 : 4;
  const header: Record<string, unknown> = {};
  let offset = 0;
  const tensors = composedTensors(dimensions, backbone).map(({ name, shape, parts }) => {
    const bytes = width * elements(shape);
    header[name] = { dtype: given.dtype === 'bf16' ? 'BF16' : 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
    return { bytes, isGain: gains.has(parts[0]!.name) };
  });
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const file = openSync(path.join(folder, 'model.safetensors'), 'w');
  for (const part of [length, head]) writeSync(file, part);
  const [weights, ones] = [bytesOf(0.02, 0), bytesOf(0.1, 1)];
  for (const { bytes, isGain } of tensors) {
    const source = isGain ? ones : weights;
    for (let done = 0; done < bytes; ) done += writeSync(file, source, 0, Math.min(source.length, bytes - done));
  }
  closeSync(file);
}

/** Text enough for all steps: what the example's places say, one after the other. */
function writeText(file: string): void {
  const lines = readFileSync(path.join(root, 'examples/data/places-train.jsonl'), 'utf8').trim().split('\n');
  const text = lines.map((line) => (JSON.parse(line) as { completion: string }).completion).join(' ');
  writeFileSync(file, `${text}\n`);
}

const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
try {
  const loadBefore = loadavg()[0];
  writeModel(folder);
  writeText(path.join(folder, 'text.txt'));
  const file = path.join(folder, 'shape.peft.yaml');
  const [batch, length] = [Number(given.batch), Number(given.length)];
  const data = { train: 'text.txt', max_length: length, long_texts: 'split' };
  const training = { max_steps: Number(given.steps), batch_size: batch, dropout: 0 };
  const { backbone, methods } = given;
  const whole = { model: '.', task: 'causal-lm', data, methods, backbone, training, threads: Number(given.threads) };
  writeFileSync(file, JSON.stringify(whole));
  const run = async () => {
    const runs = mkdtempSync(path.join(folder, 'runs-'));
    const { events, startedMs, peakBytes } = await trainCommand(file, runs, {
      environment: { PEFT_LAB_CACHE: path.join(folder, 'cache') },
      onEvent: (event) => {
        if (event.type === 'warning' || (event.type === 'note' && event.code === 'backbone'))
          console.log(event.message);
      },
    });
    const steps = events.filter((event) => event.type === 'progress');
    const seconds = steps.slice(1).map(({ elapsedSeconds }, i) => elapsedSeconds - steps[i]!.elapsedSeconds);
    const outcome = {
      stepSeconds: median(seconds),
      firstStepSeconds: (Date.parse(steps[0]!.time) - startedMs) / 1000,
      peakMiB: peakBytes / 2 ** 20,
      losses: steps.map(({ loss }) => loss),
    };
    const figures = `${outcome.stepSeconds.toFixed(2)} s a step, first after ${outcome.firstStepSeconds.toFixed(1)} s`;
    console.log(
      `${given.shape}, ${given.dtype}, ${backbone}, ${batch} × ${length}: ${figures}, peak ${outcome.peakMiB.toFixed(0)} MiB`,
    );
    return outcome;
  };
  const [first, cached] = [await run(), await run()];
  writeResult(given.out, { loadBefore, ...given, first, cached });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
