import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DataFile, Environment } from '../../../config/checks/environment.ts';
import { stampOf } from '../../../files/fileStamp.ts';

interface Remembered {
  readonly stamp: string;
  readonly value: Promise<unknown>;
}

/** Readers of files and models, one with its memory for each folder that configs lie in. */
export function cachedWorlds(
  load: () => Promise<(folder: string) => Environment>,
): (folder: string) => Promise<Environment> {
  const known = new Map<string, Environment>();
  return async (folder) => {
    const worldOf = await load();
    const world = known.get(folder) ?? cachedWorld(worldOf(folder), folder);
    known.set(folder, world);
    return world;
  };
}

/** Answers kept; the oldest is forgotten first. */
const mostAnswers = 200;

/**
 * A world that reads a file again only when it changed: answers about columns, labels and a model folder are kept by
 * path and stamp, those still under way too. Folders are listed each time, which costs as little as asking
 * whether they changed; so is a hub model's place in the local cache.
 * @param folder where relative paths start.
 */
export function cachedWorld(world: Environment, folder: string): Environment {
  const answers = new Map<string, Remembered>();

  async function remember<T>(question: readonly unknown[], file: string, ask: () => Promise<T>): Promise<T> {
    const facts = await stat(resolve(folder, file), { bigint: true }).catch(() => undefined);
    if (facts === undefined) return await ask();
    const stamp = stampOf(facts);
    const key = JSON.stringify(question);
    const known = answers.get(key);
    if (known?.stamp === stamp) return (await known.value) as T;
    const value = ask();
    answers.delete(key);
    answers.set(key, { stamp, value });
    if (answers.size > mostAnswers) answers.delete(answers.keys().next().value!);
    try {
      return await value;
    } catch (error) {
      answers.delete(key);
      throw error;
    }
  }

  return {
    listFolder: (path) => world.listFolder(path),
    ...(world.isInCache && { isInCache: (file) => world.isInCache!(file) }),
    model: (model, revision) =>
      remember(['model', model, revision], join(model, 'config.json'), () => world.model(model, revision)),
    // Keeps its own answers: they hang on all files of the model.
    ...(world.training && { training: (model, revision, task) => world.training!(model, revision, task) }),
    columns: (data) => remember(['columns', howRead(data)], data.file, () => world.columns(data)),
    labels: (split, how) => remember(['labels', split, how], split.file, () => world.labels(split, how)),
  };
}

const howRead = ({ file, format, delimiter, columns, encoding }: DataFile): readonly unknown[] => [
  file,
  format,
  delimiter,
  columns,
  encoding,
];
