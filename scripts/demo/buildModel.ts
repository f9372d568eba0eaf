import { spawnSync } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readDimensions } from '../../extension/models/config.ts';
import { families, taskTensors } from '../../extension/models/families.ts';
import type { TensorSpec } from '../../extension/models/tensors.ts';
import { elements } from '../../extension/models/tensors.ts';
import { type SafetensorsTensor, writeSafetensors } from '../../extension/trainer/checkpoint/safetensors.ts';
import { Random } from '../../extension/trainer/random.ts';
import { generate, writeModelFiles } from './generate.ts';

/**
 * Rebuilds examples/: generates the data, makes a random BERT, pre-trains it with PEFT Lab itself (masked-lm, full)
 * and exports the result as examples/model. Takes about ten minutes on two cores.
 */
const root = process.cwd();
const work = join(root, '.cache', 'demo');
const examples = join(root, 'examples');
const deviation = 0.05;

function firstValues({ name, role, shape }: TensorSpec): Float32Array {
  if (role === 'gain') return new Float32Array(elements(shape)).fill(1);
  if (role === 'bias') return new Float32Array(elements(shape));
  const random = new Random(2022, name);
  return Float32Array.from({ length: elements(shape) }, () => deviation * random.nextNormal());
}

function peftLab(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [join(root, 'bin/peft-lab.cjs'), ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`peft-lab ${args.join(' ')}: exit code ${status}`);
}

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await generate(join(examples, 'data'), join(work, 'corpus.txt'));
await writeModelFiles(join(work, 'model'));

const dimensions = readDimensions(JSON.parse(await readFile(join(work, 'model/config.json'), 'utf8')), 'config.json');
const { backbone, head } = taskTensors(dimensions, 'masked-lm', dimensions.vocabulary);
const pooler = families.bert.tensors(dimensions).filter((tensor) => tensor.site === 'pooler');
const tensors = new Map<string, SafetensorsTensor>();
for (const spec of [...backbone, ...pooler]) {
  tensors.set(`bert.${spec.name}`, { dtype: 'F32', shape: spec.shape, data: firstValues(spec) });
}
for (const spec of head) tensors.set(spec.name, { dtype: 'F32', shape: spec.shape, data: firstValues(spec) });
await writeSafetensors(join(work, 'model/model.safetensors'), tensors, { format: 'pt' });

await copyFile(join(root, 'scripts/demo/pretrain.peft.yaml'), join(work, 'pretrain.peft.yaml'));
peftLab('train', join(work, 'pretrain.peft.yaml'), '--runs', join(work, 'runs'));
const listed = spawnSync(process.execPath, [
  join(root, 'bin/peft-lab.cjs'),
  'runs',
  '--json',
  '--runs',
  join(work, 'runs'),
]);
const [run] = JSON.parse(listed.stdout.toString()) as { id: string }[];
peftLab('export', join(work, 'runs', run!.id), '--format', 'merged', '--out', join(work, 'pretrained'));
await rm(join(examples, 'model'), { recursive: true, force: true });
await cp(join(work, 'pretrained'), join(examples, 'model'), { recursive: true });
