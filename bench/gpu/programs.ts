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
import { taskTensors } from '../../extension/models/families.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import { planTuning } from '../../extension/training/plan/tuning.ts';

const shapes = { small: [2, 64, 4], base: [12, 768, 12], large: [24, 1024, 16] } as const;
const methodTexts = { 'ln-tuning': 'ln-tuning', unified: 'unified', full: 'full' } as const;

const out = process.argv[2];
if (out === undefined) throw new Error('programs: give the folder to write into');
mkdirSync(out, { recursive: true });
for (const [size, [layers, hidden, heads]] of Object.entries(shapes)) {
  const config = {
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
  };
  const dimensions = readDimensions(config, size);
  const { backbone, pooler, head } = taskTensors(dimensions, 'sequence', 2);
  for (const [name, text] of Object.entries(methodTexts)) {
    const parsed = parseMethodsText(text);
    const tuning = planTuning(
      { outline: { dimensions, tensors: backbone }, pooler, head, outputs: 2 },
      {
        methods: parsed.methods,
        task: findTask('classification'),
        trainPooler: true,
        learningRate: undefined,
        headLearningRate: 1e-3,
        weightDecay: 0,
        labelSmoothing: 0,
        dropout: 0,
      },
    );
    const shapeOf = new Map([...backbone, ...pooler, ...head].map((spec) => [spec.name, spec.shape]));
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
