/**
 * Writes the training programs that bench/gpu/bench.py measures, for a machine that has no Node:
 * `node scripts/run.mjs bench/gpu/programs.ts FOLDER`. One JSON file a shape and method: what the trainer would send with
 * `open`, but for the values of the weights, which are drawn there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { serializeGraph } from '../../extension/graph/serialize.ts';
import { parseMethodsText } from '../../extension/methods/entries/parse.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { constantsOf, taskTensors } from '../../extension/models/families.ts';
import { findTask, type TaskName } from '../../extension/tasks/registry.ts';
import { planTuning } from '../../extension/training/plan/tuning.ts';

const encoders = { small: [2, 64, 4], base: [12, 768, 12], large: [24, 1024, 16] } as const;

/** Layers, width, heads, heads of keys and values, width of the feed-forward network, vocabulary. */
const decoders = {
  'small-decoder': [2, 64, 4, 2, 96, 1000],
  'smollm2-135m': [30, 576, 9, 3, 1536, 49_152],
  'qwen2.5-0.5b': [24, 896, 14, 2, 4864, 151_936],
  'llama-3.2-1b': [16, 2048, 32, 8, 8192, 128_256],
} as const;

interface Subject {
  readonly config: Readonly<Record<string, unknown>>;
  readonly task: TaskName;
  readonly outputs: number;
  readonly methods: readonly string[];
}

const bert = (size: string, [layers, hidden, heads]: readonly [number, number, number]): Subject => ({
  config: {
    model_type: 'bert',
    vocab_size: size === 'small' ? 1000 : 30522,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: 4 * hidden,
    max_position_embeddings: 512,
    hidden_act: 'gelu',
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
  },
  task: 'classification',
  outputs: 2,
  // What full tuning keeps in memory is asked of the small one, by test/torch/savedTensors.
  methods: ['ln-tuning', 'unified', ...(size === 'small' ? ['full'] : [])],
});

/** All of them as Llama computes; the biases of Qwen's queries, keys and values are nothing beside the rest. */
const llama = ([
  layers,
  hidden,
  heads,
  kvHeads,
  ffn,
  vocabulary,
]: (typeof decoders)[keyof typeof decoders]): Subject => ({
  config: {
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    intermediate_size: ffn,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    pad_token_id: 0,
  },
  task: 'causal-lm',
  outputs: vocabulary,
  methods: ['ln-tuning', 'lora'],
});
const subjects: readonly (readonly [string, Subject])[] = [
  ...Object.entries(encoders).map(([size, shape]) => [size, bert(size, shape)] as const),
  ...Object.entries(decoders).map(([size, shape]) => [size, llama(shape)] as const),
];

const out = process.argv[2];
if (out === undefined) throw new Error('programs: give the folder to write into');
mkdirSync(out, { recursive: true });
for (const [size, { config, task: taskName, outputs, methods }] of subjects) {
  const task = findTask(taskName);
  const dimensions = readDimensions(config, size);
  const { backbone, pooler, head } = taskTensors(dimensions, task.head, outputs);
  for (const name of methods) {
    const parsed = parseMethodsText(name);
    const tuning = planTuning(
      { outline: { dimensions, tensors: backbone }, pooler, head, outputs },
      {
        methods: parsed.methods,
        task,
        trainPooler: true,
        learningRate: undefined,
        headLearningRate: 1e-3,
        weightDecay: 0,
        labelSmoothing: 0,
        dropout: 0,
      },
    );
    const shapeOf = new Map(
      [...backbone, ...pooler, ...head, ...constantsOf(dimensions)].map((spec) => [spec.name, spec.shape]),
    );
    const program = {
      config,
      training: serializeGraph(tuning.graphs.training),
      evaluation: serializeGraph(tuning.graphs.evaluation),
      trainable: tuning.trainable,
      groups: tuning.groups,
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      frozen: tuning.frozen.map((tensor) => ({ name: tensor, shape: shapeOf.get(tensor), file: '', offset: 0 })),
    };
    const file = path.join(out, `${size}-${name}.json`);
    writeFileSync(file, JSON.stringify(program));
    console.log(file);
  }
}
