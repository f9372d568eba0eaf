import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';

/**
 * The file of a run folder that lists rows of a data file: named by the file's path beside the config, and of one
 * elsewhere, as those of the hub, by its folder and a hash of its path, so that no two data files share a list.
 */
export function rowListFile(
  runFolder: string,
  kind: 'misclassified' | 'written',
  dataFile: string,
  baseFolder: string,
): string {
  const path = relative(baseFolder, dataFile);
  const isInside = !isAbsolute(path) && path.split(sep)[0] !== '..';
  const hash = createHash('sha256').update(dataFile).digest('hex').slice(0, 6);
  const name = isInside ? path.split(sep).join('-') : `${basename(dirname(dataFile))}-${basename(dataFile)}-${hash}`;
  return join(runFolder, `${kind}-${name}.jsonl`);
}
