import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stampOf } from './fileStamp.ts';

/** A text that is another one when a file of a folder, of those meant, has come, gone or changed; '' for no folder. */
export async function folderStamp(folder: string, meant: RegExp): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => meant.test(name)).sort();
  const stamps = names.map(async (name) => {
    const facts = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
    return facts ? `${name}:${stampOf(facts)}` : name;
  });
  return (await Promise.all(stamps)).join();
}
