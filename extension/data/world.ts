import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readModelConfig } from '../checkpoint/modelConfig.ts';
import type { Environment, ModelFacts } from '../config/checks/environment.ts';
import type { ResolvedSplit } from '../config/resolved/resolve.ts';
import type { HubPatience } from '../hub/hubConnection.ts';
import { HubError, type HubErrorCode } from '../hub/hubErrors.ts';
import { hubSettings, withoutDownloads } from '../hub/hubSettings.ts';
import { type ResolveOptions, resolveModel } from '../hub/resolveModel.ts';
import { findTask } from '../tasks/registry.ts';
import { DataError } from '../tasks/rows/dataError.ts';
import { listColumns } from './rows/columns.ts';
import { dataFilePath } from './rows/dataFile.ts';
import { namesInFile } from './rows/labelNames.ts';
import { Surveys } from './rows/surveys.ts';
import { trainingFacts } from './trainingFacts.ts';

/** Largest files that describe a model, for a look at a folder that anyone may have made: a check must stay light. */
const lightBytes = 2 << 20;

/**
 * The file system and the local hub cache as config checks see them; paths start from the config's folder.
 * @param mostModelBytes a model that is described by larger files is not looked at beyond its sizes
 * @param surveys what has been read of data files
 */
export function worldOf(
  baseFolder: string,
  mostModelBytes = lightBytes,
  surveys: Pick<Surveys, 'take'> = new Surveys(),
): Environment {
  const inFolder = (path: string) => resolve(baseFolder, path);
  const dataFile = (file: string) => dataFilePath(file, baseFolder);
  return {
    model: async (model, revision) => await modelFacts(model, revision, baseFolder),
    training: async (model, revision, task) =>
      await trainingFacts(model, { revision, baseFolder, task: findTask(task), mostBytes: mostModelBytes }),
    isInCache: async (file) => existsSync(dataFile(file)),
    listFolder: async (folder) => {
      const entries = await readdir(inFolder(folder), { withFileTypes: true }).catch(() => undefined);
      return entries?.map((entry) => ({ name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' }));
    },
    columns: async ({ file, ...how }) => {
      if (how.format === 'conll' || how.format === 'text') return undefined;
      return await unlessUnreadable(() => listColumns({ file: dataFile(file), ...how }));
    },
    labels: async (written, how) => {
      const { labels } = findTask(how.task);
      const names =
        labels === 'classes' && written.labels === null ? await namesAtALook(written, baseFolder) : written.labels;
      return await surveys.take({ ...written, labels: names }, baseFolder, how);
    },
  };
}

/** Somebody waits for the answer. */
const lookUpPatience: HubPatience = { retryDelaysMs: [500], idleTimeoutMs: 8000 };

/**
 * Facts about a model that somebody is about to choose: the hub is asked for the `config.json` of one that is not in
 * the local cache. Unknown where the hub cannot be reached.
 */
export const lookUpModel = (model: string, baseFolder: string): Promise<ModelFacts> =>
  factsOf(model, { baseFolder, environment: process.env, part: 'config', patience: lookUpPatience });

/** Names of labels in a Parquet file; whoever reads its rows reports why it cannot be read. */
const namesAtALook = async (split: ResolvedSplit, baseFolder: string): Promise<readonly string[] | null> =>
  (await unlessUnreadable(() => namesInFile(split, baseFolder, 'look'))) ?? null;

/** A hub model is looked for in the local cache only: a check downloads nothing. Where no run may either, it cannot be used. */
const modelFacts = (model: string, revision: string | null, baseFolder: string): Promise<ModelFacts> =>
  factsOf(
    model,
    {
      revision: revision ?? undefined,
      baseFolder,
      environment: withoutDownloads(process.env),
      part: 'config',
    },
    hubSettings(process.env).offline === 'asked' ? onTheWay.filter((code) => code !== 'offline') : onTheWay,
  );

/** Troubles of the way to the hub, which say nothing about a model. */
const onTheWay: readonly HubErrorCode[] = [
  'offline',
  'unreachable',
  'server',
  'not-writable',
  'disk-full',
  'bad-setting',
];

async function factsOf(model: string, options: ResolveOptions, passing = onTheWay): Promise<ModelFacts> {
  try {
    const { dimensions } = await readModelConfig(await resolveModel(model, options));
    return { kind: 'known', dimensions };
  } catch (error) {
    if (error instanceof HubError && passing.includes(error.code)) return { kind: 'unknown' };
    if (error instanceof Error) return { kind: 'unusable', reason: error.message };
    throw error;
  }
}

/** A file that cannot be read is the business of the check that looks for files. */
async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
