import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Environment, ModelFacts } from '../../config/environment.ts';
import { readModelConfig } from '../checkpoint/modelConfig.ts';
import { BadRows } from '../data/badRows.ts';
import { listColumns } from '../data/columns.ts';
import { DataError } from '../data/dataError.ts';
import { readRows } from '../data/read.ts';
import { ReadingLimitError } from '../data/readParquet.ts';
import type { HubPatience } from '../hub/hubConnection.ts';
import { HubError, type HubErrorCode } from '../hub/hubErrors.ts';
import { type ResolveOptions, resolveModel } from '../hub/resolveModel.ts';

/** Labels looked at before a check gives up counting them. */
const mostLabels = 1000;
/** Rows whose labels a check reads; what a longer file holds beyond them shows when it is trained on. */
const mostRows = 20_000;
/** Characters of labels that it keeps. */
const mostCharacters = 1 << 20;

/** The file system and the local hub cache as config checks see them; paths start from the config's folder. */
export function worldOf(baseFolder: string): Environment {
  const inFolder = (path: string) => resolve(baseFolder, path);
  return {
    model: async (model, revision) => await modelFacts(model, revision, baseFolder),
    listFolder: async (folder) => {
      const entries = await readdir(inFolder(folder), { withFileTypes: true }).catch(() => undefined);
      return entries?.map((entry) => ({ name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' }));
    },
    columns: async ({ file, ...how }) => {
      if (how.format === 'conll' || how.format === 'text') return undefined;
      return await unlessUnreadable(() => listColumns({ file: inFolder(file), ...how }));
    },
    labels: async ({ file, label, ...how }) =>
      await unlessUnreadable(async () => {
        const distinct = new Set<string>();
        let [rows, characters] = [0, 0];
        const found = (complete: boolean) => ({ distinct: [...distinct], complete });
        const column = how.format === 'conll' ? 'label' : (label ?? 'label');
        try {
          for await (const { cells } of readRows({ file: inFolder(file), label, ...how }, [], new BadRows('skip'))) {
            const value = Object.hasOwn(cells, column) ? cells[column] : undefined;
            for (const one of Array.isArray(value) ? value : [value]) {
              if (one == null) continue;
              const label = String(one);
              if (!distinct.has(label)) characters += label.length;
              if (characters > mostCharacters) return found(false);
              distinct.add(label);
            }
            if (distinct.size >= mostLabels || ++rows >= mostRows) return found(false);
          }
        } catch (error) {
          if (error instanceof ReadingLimitError && rows > 0) return found(false);
          throw error;
        }
        return found(true);
      }),
  };
}

/** Somebody waits for the answer. */
const lookUpPatience: HubPatience = { retryDelaysMs: [500], idleTimeoutMs: 8000 };

/**
 * What is known of a model that somebody is about to choose: the hub is asked for the `config.json` of one that is not in
 * the local cache. Unknown where the hub cannot be reached.
 */
export const lookUpModel = (model: string, baseFolder: string): Promise<ModelFacts> =>
  factsOf(model, { baseFolder, environment: process.env, part: 'config', patience: lookUpPatience });

/** A hub model is looked for in the local cache only: a check downloads nothing. */
const modelFacts = (model: string, revision: string | null, baseFolder: string): Promise<ModelFacts> =>
  factsOf(model, {
    revision: revision ?? undefined,
    baseFolder,
    environment: { ...process.env, HF_HUB_OFFLINE: '1' },
    part: 'config',
  });

/** Troubles of the way to the hub, which say nothing about a model. */
const onTheWay: readonly HubErrorCode[] = [
  'offline',
  'unreachable',
  'server',
  'not-writable',
  'disk-full',
  'bad-setting',
];

async function factsOf(model: string, options: ResolveOptions): Promise<ModelFacts> {
  try {
    const { dimensions } = await readModelConfig(await resolveModel(model, options));
    return { kind: 'known', dimensions };
  } catch (error) {
    if (error instanceof HubError && onTheWay.includes(error.code)) return { kind: 'unknown' };
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
