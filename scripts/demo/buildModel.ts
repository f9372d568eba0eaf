import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  openSafetensors,
  readFloats,
  type SafetensorsTensor,
  writeSafetensors,
} from '../../extension/checkpoint/format/safetensors.ts';
import { elements } from '../../extension/graph/tensor.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { taskTensors } from '../../extension/models/families.ts';
import type { TensorSpec } from '../../extension/models/model/tensors.ts';
import { Random } from '../../extension/numbers/random.ts';
import { generate, writeModelFiles } from './generate.ts';
import { teach } from './teach.ts';

/**
 * Rebuilds examples/: generates the data, makes a random BERT and teaches it with PEFT Lab itself (every weight tuned):
 * words in their places (masked-lm), what a clause says of what (classification), and words once more, so that what
 * the lessons have pushed aside comes back. Takes about ten minutes on two cores.
 */
const root = process.cwd();
const work = join(root, '.cache', 'demo');
const examples = join(root, 'examples');
const lesson = (name: string) => teach(join(root, 'scripts/demo', `${name}.peft.yaml`), work);
const deviation = 0.05;

function firstValues({ name, role, shape }: TensorSpec): Float32Array {
  if (role === 'gain') return new Float32Array(elements(shape)).fill(1);
  if (role === 'bias') return new Float32Array(elements(shape));
  const random = new Random(2022, name);
  return Float32Array.from({ length: elements(shape) }, () => deviation * random.nextNormal());
}

async function writeRandomWeights(folder: string): Promise<void> {
  const dimensions = readDimensions(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')), 'config.json');
  const { backbone, head } = taskTensors(dimensions, 'masked-lm', dimensions.vocabulary);
  const pooler = taskTensors(dimensions, 'sequence', 2).pooler;
  const tensors = new Map<string, SafetensorsTensor>();
  for (const spec of [...backbone, ...pooler]) {
    tensors.set(`bert.${spec.name}`, { dtype: 'F32', shape: spec.shape, data: firstValues(spec) });
  }
  for (const spec of head) tensors.set(spec.name, { dtype: 'F32', shape: spec.shape, data: firstValues(spec) });
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
}

async function readTensors(folder: string): Promise<Map<string, SafetensorsTensor>> {
  const file = await openSafetensors(join(folder, 'model.safetensors'));
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { shape }] of file.entries) {
    tensors.set(name, { dtype: 'F32', shape, data: await readFloats(file, name) });
  }
  return tensors;
}

/** The backbone of one model with the rest of another: its head, its tokenizer and its config.json. */
async function graft(backbone: string, rest: string, out: string): Promise<void> {
  const [taught, before] = [await readTensors(backbone), await readTensors(rest)];
  await cp(rest, out, { recursive: true });
  const joined = new Map([...before].map(([name, tensor]) => [name, taught.get(name) ?? tensor]));
  await writeSafetensors(join(out, 'model.safetensors'), joined, { format: 'pt' });
}

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await generate(join(examples, 'data'), work);
await writeModelFiles(join(work, 'model'));
await writeRandomWeights(join(work, 'model'));
const pretrained = await lesson('pretrain');
await graft(await lesson('lessons'), pretrained, join(work, 'taught'));
await rm(join(examples, 'model'), { recursive: true, force: true });
await cp(await lesson('refresh'), join(examples, 'model'), { recursive: true });
