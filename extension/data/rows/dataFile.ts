import { resolve } from 'node:path';
import { dirname } from 'node:path/posix';
import { type HubUrl, hubUrl, isHubUrl, parquetUrl, parseHubUrl } from '../../config/resolved/hubUrl.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import { splitNames } from '../../config/resolved/resolve.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { cachedFile, fetchFile } from '../../hub/repositoryFile.ts';
import { DataError } from '../../tasks/rows/dataError.ts';

/**
 * Where a data file of a config lies: relative paths start from its folder; a file of the hub is in the local cache, or
 * would be there.
 */
export function dataFilePath(file: string, baseFolder: string, environment: NodeJS.ProcessEnv = process.env): string {
  const onHub = isHubUrl(file) ? parseHubUrl(file) : undefined;
  return onHub === undefined ? resolve(baseFolder, file) : cachedFile(onHub, environment);
}

/**
 * Downloads the data files of a config that are on the hub, where the cache lacks them.
 * @returns the data section with commits in place of branches: these are the same files for ever
 * @throws HubError
 */
export async function fetchDataFiles<Data extends Pick<ResolvedConfig['data'], 'train' | 'validation' | 'test'>>(
  data: Data,
  report: ReportProgress,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Data> {
  const pinned: Record<string, ResolvedConfig['data']['train']> = {};
  for (const name of splitNames) {
    const split = data[name];
    const onHub = split && parseHubUrl(split.file);
    if (!split || !onHub) continue;
    const onProgress = ({ file, bytes, totalBytes }: { file: string; bytes: number; totalBytes: number }) =>
      report(`downloading ${file}`, bytes, totalBytes, 'B');
    const without = onHub.isOnly ? `${dirname(onHub.path)}/${secondPart}` : undefined;
    const refuse = (present: readonly string[]) => refuseSeveral(onHub, present);
    const commit = await fetchFile({ ...onHub, without }, environment, refuse, { onProgress });
    pinned[name] = { ...split, file: hubUrl(onHub.name, commit, onHub.path) };
  }
  return { ...data, ...pinned };
}

/** Of the files that the hub keeps a split in, where there are several. */
const secondPart = '0001.parquet';

/** @throws DataError for a split that is kept in several files: one of them would be a part of the rows */
function refuseSeveral({ name, path, isOnly }: HubUrl, present: readonly string[]): void {
  const parts = isOnly ? present.filter((one) => dirname(one) === dirname(path)) : [];
  if (parts.length < 2) return;
  const rule = `the hub keeps this split in ${parts.length} files`;
  throw new DataError({ file: name }, rule, `name one of them, as file: ${parquetUrl(name, parts[0]!)}`);
}
