import path from 'node:path';
import { isHubUrl } from '../config/resolved/hubUrl.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';

/**
 * Where a file of rows lies that an option names: on disk, or on the hub, from where it is brought first.
 * @throws HubError · DataError
 */
export async function rowsFile(given: string, report: ReportProgress): Promise<string> {
  if (!isHubUrl(given)) return path.resolve(given);
  const { fetchFromHub } = await import('../data/rows/dataFile.ts');
  return await fetchFromHub(given, report);
}
