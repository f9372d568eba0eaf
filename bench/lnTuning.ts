import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type SafetensorsTensor, writeSafetensors } from '../extension/checkpoint/format/safetensors.ts';
import { initialValues, modelInitializer } from '../extension/checkpoint/initialize.ts';
import { readModelConfig } from '../extension/checkpoint/modelConfig.ts';
import { type ModelWeights, modelWeights } from '../extension/checkpoint/modelFolder.ts';
import { openWeights } from '../extension/checkpoint/weightFiles.ts';
import { elements, type Feeds, type Tensor } from '../extension/graph/tensor.ts';
import { parseMethods } from '../extension/methods/entries/parse.ts';
import { taskTensors } from '../extension/models/families.ts';
import { findTask } from '../extension/tasks/registry.ts';
import { planTuning, type Tuning } from '../extension/training/plan/tuning.ts';

/** Writes a BERT with random weights as a model folder that has what benchmarks need of one. */
export async function writeRandomBert(folder: string, layers: number, hidden: number): Promise<void> {
  const config = {
    model_type: 'bert',
    architectures: ['BertModel'],
    vocab_size: 30522,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: 12,
    intermediate_size: 4 * hidden,
    max_position_embeddings: 512,
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  const { dimensions } = await readModelConfig(folder);
  const { backbone, pooler } = taskTensors(dimensions, 'sequence', 2);
  const tensors = [...backbone, ...pooler].map((spec): [string, SafetensorsTensor] => {
    const data = initialValues(spec, modelInitializer(dimensions, spec), 1);
    return [spec.name, { dtype: 'F32', shape: [...spec.shape], data }];
  });
  await writeSafetensors(path.join(folder, 'model.safetensors'), new Map(tensors), { format: 'pt' });
}

/** The weights of a model folder, read for two classes. */
export async function openWeightsForTwoClasses(folder: string): Promise<ModelWeights> {
  const { config, dimensions } = await readModelConfig(folder);
  const model = { folder, config, dimensions, entries: await openWeights(folder) };
  return modelWeights(model, { head: 'sequence', outputs: 2, seed: 1 });
}

/** LN-tuning with pooler and classifier trained, no dropout. */
export function planLnTuning(weights: ModelWeights): Tuning {
  const { methods } = parseMethods('ln-tuning');
  const options = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, labelSmoothing: 0, dropout: 0 };
  return planTuning(weights, { ...options, methods, task: findTask('classification'), trainPooler: true });
}

/** Token ids that differ from row to row, all rows of full length. */
export function fullBatch(batch: number, length: number): Feeds {
  const ids = (value: (i: number) => number, shape: readonly number[] = [batch, length]): Tensor => {
    const count = elements(shape);
    return { dtype: 'i64', shape, data: BigInt64Array.from({ length: count }, (_, i) => BigInt(value(i))) };
  };
  return {
    input_ids: ids((i) => 1000 + ((i * 7919) % 20_000)),
    token_type_ids: ids(() => 0),
    attention_mask: ids(() => 1),
    position_ids: ids((i) => i % length),
    labels: ids((i) => i % 2, [batch]),
  };
}
