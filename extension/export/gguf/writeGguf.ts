import { basename, join } from 'node:path';
import { writeAtomically } from '../../checkpoint/format/atomicFile.ts';
import { type TunedModel, whereBase } from '../../checkpoint/tunedModel.ts';
import type { GgufDtype } from '../../contract/exportFormat.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { elements } from '../../graph/tensor.ts';
import type { GgufValue } from '../../models/model/ggufLayout.ts';
import { ExportError } from '../exportError.ts';
import { mergedValues } from '../merged.ts';
import { type GgufEncoding, ggufEncodings } from './ggufEncodings.ts';
import { type GgufMetadata, ggufValue, openGguf, readGgufTensor, writeGgufFile } from './ggufFile.ts';
import { type GgufModelTensor, ggufLayout, ggufTensors, ggufValues, partsIn } from './ggufModel.ts';
import { ggufVocabulary } from './ggufVocabulary.ts';

export const ggufFileName = 'model.gguf';

/** llama.cpp's number of what most tensors of a file are. */
const fileTypes: Readonly<Record<GgufDtype, number>> = { f32: 0, f16: 1, q8_0: 7 };

/** Vectors and positions stay f32; a row that has no whole number of blocks is f16. */
function encodingOf({ shape, site }: Pick<GgufModelTensor, 'shape' | 'site'>, dtype: GgufDtype): GgufEncoding {
  if (shape.length < 2 || site === 'embedding.position') return ggufEncodings.f32;
  const encoding = ggufEncodings[dtype];
  return shape.at(-1)! % encoding.blockSize === 0 ? encoding : ggufEncodings.f16;
}

/**
 * Writes a tuned language model as llama.cpp opens it: weights with all that was tuned in them, tokenizer and chat template.
 * @throws ExportError when a method cannot be folded or llama.cpp would read the model or its texts otherwise · CheckpointError
 */
export async function writeGguf(folder: string, tuned: TunedModel, dtype: GgufDtype): Promise<void> {
  const { model } = tuned;
  const layout = ggufLayout(model.dimensions);
  const vocabulary = await ggufVocabulary(model);
  const { read } = await mergedValues(tuned);
  const constants = (layout.constants?.(model.dimensions) ?? []).map(({ name, values }) => ({
    name,
    shape: [values.length],
    encoding: ggufEncodings.f32,
    values: async () => values,
  }));
  const weights = ggufTensors(tuned).map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    encoding: encodingOf(tensor, dtype),
    values: () => ggufValues(tensor, read),
  }));
  const tensors = [...constants, ...weights].map((tensor) => ({ ...tensor, type: tensor.encoding.type }));
  const metadata: GgufMetadata = {
    'general.architecture': ggufValue.text(layout.architecture),
    'general.type': ggufValue.text('model'),
    'general.name': ggufValue.text(`${basename(whereBase(tuned).model)}, tuned`),
    'general.file_type': ggufValue.whole(fileTypes[dtype]),
    'general.quantization_version': ggufValue.whole(2),
    ...modelKeys(tuned),
    ...vocabulary,
  };
  makeFolder(folder);
  await writeAtomically(join(folder, ggufFileName), (file) =>
    writeGgufFile(
      file,
      metadata,
      tensors,
      ({ shape, encoding }) => (elements(shape) / encoding.blockSize) * encoding.blockBytes,
      async ({ values, encoding }) => encoding.encode(await values()),
    ),
  );
}

/** Sizes as llama.cpp asks for them. */
function modelKeys({ model: { dimensions } }: TunedModel): GgufMetadata {
  const { architecture, keys } = ggufLayout(dimensions);
  const entry = (value: GgufValue) =>
    value.kind === 'text' ? ggufValue.text(value.value) : ggufValue[value.kind](value.value);
  return Object.fromEntries(
    Object.entries(keys(dimensions)).map(([key, value]) => [`${architecture}.${key}`, entry(value)]),
  );
}

/**
 * The tuned model as its GGUF file has it: all weights read back, nothing else tuned.
 * @throws ExportError when the file says other sizes, or lacks a tensor
 */
export async function reopenGguf(folder: string, tuned: TunedModel): Promise<TunedModel> {
  const { path, metadata, tensors } = await openGguf(join(folder, ggufFileName));
  for (const [key, { value }] of Object.entries(modelKeys(tuned))) {
    if (metadata[key] !== value) {
      throw new ExportError(path, `${key}: must be ${value}, got ${metadata[key]}; report this`);
    }
  }
  const read = new Map<string, Float32Array>();
  for (const tensor of ggufTensors(tuned)) {
    const placed = tensors.get(tensor.name);
    if (placed?.shape.join() !== tensor.shape.join()) {
      throw new ExportError(path, `${tensor.name}: must be [${tensor.shape}], got ${placed?.shape}; report this`);
    }
    for (const [name, values] of partsIn(tensor, await readGgufTensor(path, placed))) read.set(name, values);
  }
  return { ...tuned, methods: [], tensors: read };
}
