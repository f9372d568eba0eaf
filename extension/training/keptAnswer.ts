import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { TensorValues } from '../engines/engine.ts';
import { engineVersion } from '../engines/onnx/native/engineFacts.ts';
import { cacheFolder } from '../files/cacheFolder.ts';
import { keepJson, readKept } from '../files/keptJson.ts';
import { printGraph } from '../graph/print.ts';
import type { Feeds } from '../graph/tensor.ts';
import type { Graph } from '../graph/value.ts';

/** All that an answer about a model's numbers depends on. */
export interface Asked {
  /** Raised whenever the way to the answer changes: older answers are then found no more. */
  readonly version: string;
  /** SHA-256 of the model's files. */
  readonly files: Readonly<Record<string, string>>;
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
  const file = join(cacheFolder(process.env), 'int8', `${keyOf(asked)}.json`);
  const known = readKept(file, z.object({ version: z.literal(asked.version), answer: schema }));
  if (known) return known.answer;
  const answer = await compute();
  keepJson(file, { version: asked.version, answer });
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
