import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { writeAtomically } from '../checkpoint/format/atomicFile.ts';
import { baseWeights, type TunedModel } from '../checkpoint/tunedModel.ts';
import { ModelProtoSchema } from '../engines/onnx/generated/onnx_pb.ts';
import { makeFolder } from '../files/makeFolder.ts';
import { mergedConfig, writeTokenizer } from './merged.ts';
import { onnxModel } from './onnxModel.ts';
import { byteLength, onnxFiles, writeBeside, writeInline } from './onnxWeights.ts';
import { writeConfig, writeGenerationConfig } from './writeConfig.ts';

/** Protobuf's limit for one message, with room for what surrounds the weights. */
const inlineLimitBytes = 2 ** 31 - 2 ** 20;

/**
 * Writes the tuned model as `model.onnx`: inputs `input_ids`, `attention_mask` and (where the model has them)
 * `token_type_ids`, i64[B,S]; output `logits`. Position ids and each row's last token are computed inside. A model that writes
 * text reads on behind a cache of keys and values instead (`pastGraph`). Beside it lie
 * `config.json` (labels) and the tokenizer's files. Weights stand inside the file, or in `model.onnx.data` where they
 * exceed `limitBytes`.
 * @throws ExportError · CheckpointError
 */
export async function writeOnnx(folder: string, tuned: TunedModel, limitBytes = inlineLimitBytes): Promise<void> {
  const { model, graph } = onnxModel(tuned);
  const base = baseWeights(tuned);
  const values = async (name: string) => tuned.tensors.get(name) ?? (await base.read(name));
  const weights = graph.initializer.filter(({ externalData }) => externalData.length > 0);
  const total = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
  makeFolder(folder);
  const file = join(folder, onnxFiles.model);
  if (total <= limitBytes) {
    graph.initializer = graph.initializer.filter(({ externalData }) => externalData.length === 0);
    const outer = toBinary(ModelProtoSchema, { ...model, graph: undefined } as typeof model);
    await writeInline(file, outer, graph, weights, values);
  } else {
    await writeBeside(join(folder, onnxFiles.data), weights, values);
    await writeAtomically(file, (handle) => handle.writeFile(toBinary(ModelProtoSchema, model)));
  }
  await writeConfig(folder, tuned.model.folder, mergedConfig(tuned));
  await writeTokenizer(folder, tuned);
  await writeGenerationConfig(folder, tuned);
}
