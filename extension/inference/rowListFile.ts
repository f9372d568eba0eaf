import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';

/**
 * The file of a run folder that lists rows of a data file: named by the file beside the config, of one in a folder by its
 * path too, of one elsewhere, as those of the hub, by its folder, and of both by a hash, so that no two data files share a list.
 */
export function rowListFile(
  runFolder: string,
  kind: 'misclassified' | 'written',
  dataFile: string,
  baseFolder: string,
): string {
  const path = relative(baseFolder, dataFile);
  const isInside = !isAbsolute(path) && path.split(sep)[0] !== '..';
  const parts = isInside ? path.split(sep) : [basename(dirname(dataFile)), basename(dataFile)];
  // The same on every machine where the file lies beside the config.
  const hashed = isInside ? parts.join('/') : dataFile;
  const hash = createHash('sha256').update(hashed).digest('hex').slice(0, 6);
  const name = parts.length === 1 ? parts[0] : `${parts.join('-')}-${hash}`;
  return join(runFolder, `${kind}-${name}.jsonl`);
}
