import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGuarded, sizeLimits } from '../files/guardedFile.ts';
import { configFile } from '../hub/modelFiles.ts';

/**
 * Writes `config.json`. A number that the base's file writes as `2.0` is written so again: classes of transformers take
 * no `2` where they ask for a float.
 * @param base folder of the model that it was made of
 */
export async function writeConfig(
  folder: string,
  base: string,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const given = String(await readGuarded(join(base, configFile), sizeLimits.tokenizer));
  const floats = [...given.matchAll(/("\w+"):\s*(-?\d+)(\.0+)(?=[\s,}])/g)];
  const text = floats.reduce(
    (at, [, key, whole, zeros]) =>
      at.replace(new RegExp(`${key}: ${whole}(?=[\\s,}])`, 'g'), (written) => `${written}${zeros}`),
    JSON.stringify(config, undefined, 2),
  );
  await writeFile(join(folder, configFile), `${text}\n`);
}
