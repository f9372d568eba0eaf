import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { TensorValues } from '../engines/engine.ts';
import { engineVersion } from '../engines/onnx/native/engineFacts.ts';
import { readJsonFile, writeJsonAtomic } from '../files/atomicFile.ts';
import { cacheFolder } from '../files/cacheFolder.ts';
import { makeFolder } from '../files/makeFolder.ts';
import { printGraph } from '../graph/print.ts';
import type { Feeds } from '../graph/tensor.ts';
import type { Graph } from '../graph/value.ts';

/** All that an answer about a model's numbers depends on. */
export interface Asked {
  /** Raised whenever the way to the answer changes: older answers are then found no more. */
  readonly version: string;
  /** SHA-256 of the model's files; undefined, in runs of old: nothing is kept. */
  readonly files: Readonly<Record<string, string>> | undefined;
  readonly graphs: readonly Graph[];
  readonly values: TensorValues;
  readonly batches: readonly Feeds[];
}

/** An answer that is computed once and kept in the folder for caches. One that cannot be kept costs time, never a run. */
export async function keptAnswer<T extends object>(
  asked: Asked,
  schema: z.ZodType<T>,
  compute: () => Promise<T>,
): Promise<T> {
  if (asked.files === undefined) return await compute();
  const folder = join(cacheFolder(process.env), 'int8');
  const file = join(folder, `${keyOf(asked)}.json`);
  const stored = z.object({ version: z.literal(asked.version), answer: schema });
  try {
    const known = readJsonFile(file, stored);
    if (known.kind === 'ok') return known.value.answer;
  } catch {
    // It is computed again.
  }
  const answer = await compute();
  try {
    makeFolder(folder);
    writeJsonAtomic(file, { version: asked.version, answer }, false);
  } catch {
    // The next run computes it again.
  }
  return answer;
}

function keyOf({ version, files, graphs, values, batches }: Asked): string {
  const digest = createHash('sha256');
  digest.update(JSON.stringify([version, engineVersion(), files, graphs.map(printGraph)]));
  for (const [name, data] of values) digest.update(name).update(data);
  for (const feeds of batches) {
    for (const [name, { shape, data }] of Object.entries(feeds)) digest.update(`${name} ${shape}`).update(data);
  }
  return digest.digest('hex').slice(0, 32);
}
