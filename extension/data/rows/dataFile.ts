import { resolve } from 'node:path';
import { dirname } from 'node:path/posix';
import {
  type HubUrl,
  hubUrl,
  hubUrlForms,
  isHubUrl,
  parquetUrl,
  parseHubUrl,
  whereHubUrlsAre,
} from '../../config/resolved/hubUrl.ts';
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
    const commit = await fetchRows(onHub, report, environment);
    pinned[name] = { ...split, file: hubUrl(onHub.name, commit, onHub.path) };
  }
  return { ...data, ...pinned };
}

/**
 * Brings a file of rows that is on the hub into the local cache, where that lacks it.
 * @param url `hf://…`
 * @returns where it lies
 * @throws HubError · DataError
 */
export async function fetchFromHub(
  url: string,
  report: ReportProgress,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const onHub = parseHubUrl(url);
  if (onHub === undefined) throw new DataError({ file: url }, `must be ${hubUrlForms}`, whereHubUrlsAre);
  const revision = await fetchRows(onHub, report, environment);
  return cachedFile({ ...onHub, revision }, environment);
}

async function fetchRows(onHub: HubUrl, report: ReportProgress, environment: NodeJS.ProcessEnv): Promise<string> {
  const onProgress = ({ file, bytes, totalBytes }: { file: string; bytes: number; totalBytes: number }) =>
    report(`downloading ${file}`, bytes, totalBytes, 'B');
  const without = onHub.isOnly ? `${dirname(onHub.path)}/${secondPart}` : undefined;
  const refuse = (present: readonly string[]) => refuseSeveral(onHub, present);
  return await fetchFile({ ...onHub, without }, environment, refuse, { onProgress });
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
