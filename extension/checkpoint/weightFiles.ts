import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../files/failure.ts';
import { sizeLimits } from '../files/guardedFile.ts';
import { CheckpointError } from './format/checkpointError.ts';
import { openSafetensors, type SafetensorsFile } from './format/safetensors.ts';
import type { SafetensorsEntry } from './format/safetensorsHeader.ts';
import { readJson } from './modelConfig.ts';

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/** Weights in formats that run code when read, or of other frameworks. */
const foreign = /^(pytorch_model.*\.(bin|json)|.*\.(pt|pth|ckpt|pkl|h5|msgpack))$/;

/** A tensor, and the file that holds it. */
export interface WeightEntry extends SafetensorsEntry {
  readonly file: SafetensorsFile;
}

/**
 * All tensors of a model folder: those of `model.safetensors`, or of the shards that its index names. Links are
 * resolved, since the hub cache is made of them and engines map the real file.
 * @throws CheckpointError when there are no such weights, or the index and its shards contradict each other
 */
export async function openWeights(folder: string): Promise<readonly WeightEntry[]> {
  const names = await list(folder);
  if (names.includes(single)) return entriesOf(await openSafetensors(await resolved(join(folder, single))));
  if (names.includes(index)) return await openShards(folder);
  const pickles = names.filter((name) => foreign.test(name));
  if (pickles.length > 0) {
    const convert = `python -c "from transformers import AutoModel; AutoModel.from_pretrained('.').save_pretrained('.')"`;
    throw new CheckpointError(
      folder,
      `weights must be ${single}, got ${pickles.join(', ')}, which is never read since such files can run code; ` +
        `convert it there with: ${convert} (AutoModelForSequenceClassification and the like keep a head)`,
    );
  }
  throw new CheckpointError(folder, `must hold ${single} or ${index}; download the model again`);
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const missing = errorCode(error) === 'ENOENT';
    const problem = missing ? 'does not exist' : `cannot be listed, got ${(error as Error).message}`;
    throw new CheckpointError(folder, `${problem}; give a model folder`, { cause: error });
  }
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new CheckpointError(path, 'does not exist, or is a link to a file that is gone; download the model again', {
      cause: error,
    });
  }
}

const entriesOf = (file: SafetensorsFile): WeightEntry[] =>
  [...file.entries.values()].map((entry) => ({ ...entry, file }));

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

async function openShards(folder: string): Promise<readonly WeightEntry[]> {
  const path = join(folder, index);
  const parsed = indexSchema.safeParse(
    await readJson(path, 'download the model again', { limitBytes: sizeLimits.weightsIndex }),
  );
  if (!parsed.success) throw new CheckpointError(path, 'weight_map: must map tensor names to files; download it again');
  const places = new Map(Object.entries(parsed.data.weight_map));
  const shards = [...new Set(places.values())].sort();
  for (const shard of shards) {
    if (shard !== basename(shard) || shard.includes('\\') || !shard.endsWith('.safetensors')) {
      throw new CheckpointError(path, `weight_map: must name safetensors files of the same folder, got ${shard}`);
    }
  }
  const problems: string[] = [];
  const entries: WeightEntry[] = [];
  for (const shard of shards) {
    const file = await openSafetensors(await resolved(join(folder, shard)));
    for (const entry of entriesOf(file)) {
      const place = places.get(entry.name);
      if (place === shard) entries.push(entry);
      else problems.push(`${entry.name}: lies in ${shard}, where the index names ${place ?? 'no file'}`);
    }
    for (const [name, place] of places) {
      if (place === shard && !file.entries.has(name)) problems.push(`${name}: missing in ${shard}, which must hold it`);
    }
  }
  if (problems.length > 0) {
    throw new CheckpointError(
      path,
      problems.map((problem) => `${problem}; download the model again`),
    );
  }
  return entries;
}
