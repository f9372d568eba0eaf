import type { LabelFacts } from '../../config/checks/environment.ts';
import type { ResolvedSplit } from '../../config/resolved/resolve.ts';
import { fileStamp } from '../../files/fileStamp.ts';
import { findTask, type TaskName } from '../../tasks/registry.ts';
import { FileHash } from '../formats/bytes/fileHash.ts';
import { columnsOf, sourceOf } from './splitIndex.ts';
import { surveyRows } from './surveyRows.ts';

/** How the rows of a split are read. */
interface Reading {
  readonly task: TaskName;
  readonly onBadRow: 'error' | 'skip';
}

/** The findings of one reading of a split. */
interface Survey {
  readonly stamp: string | undefined;
  readonly facts: Promise<LabelFacts>;
  readonly hash: FileHash;
}

/** Surveys of data files, each good for as long as its file stays as it is: so that a process reads a file once. */
export class Surveys {
  readonly #taken = new Map<string, Survey>();

  /** Reads the rows of a split, unless it has done so before. */
  take(split: ResolvedSplit, baseFolder: string, reading: Reading): Promise<LabelFacts> {
    const known = this.#find(split, baseFolder, reading);
    if (known) return known.facts;
    const { rowLabels, labels } = findTask(reading.task);
    const { skip, limit, file: title } = split;
    const source = sourceOf(split, baseFolder);
    const hash = new FileHash(source.file);
    const stamp = stampOf(source.file);
    const how = { labelsOf: rowLabels, areNumbers: labels === 'numbers', onBadRow: reading.onBadRow, skip, limit };
    const facts = surveyRows({
      source: { ...source, effort: 'look', hash },
      title,
      columns: columnsOf(split),
      ...how,
    });
    this.#taken.set(keyOf(split, baseFolder, reading), { stamp, facts, hash });
    return facts;
  }

  /** The labels of a split whose every row has been read and can be used. */
  async labelsOf(split: ResolvedSplit, baseFolder: string, reading: Reading): Promise<readonly string[] | undefined> {
    const facts = await this.#find(split, baseFolder, reading)?.facts;
    return facts?.complete && facts.problem === undefined ? facts.distinct : undefined;
  }

  /** The hash of a split's file as far as it has been read. */
  hashOf(split: ResolvedSplit, baseFolder: string, reading: Reading): FileHash | undefined {
    return this.#find(split, baseFolder, reading)?.hash;
  }

  #find(split: ResolvedSplit, baseFolder: string, reading: Reading): Survey | undefined {
    const known = this.#taken.get(keyOf(split, baseFolder, reading));
    const stamp = stampOf(sourceOf(split, baseFolder).file);
    return stamp !== undefined && known?.stamp === stamp ? known : undefined;
  }
}

function keyOf(split: ResolvedSplit, baseFolder: string, { task, onBadRow }: Reading): string {
  const { skip, limit } = split;
  return JSON.stringify([sourceOf(split, baseFolder), columnsOf(split), skip, limit, task, onBadRow]);
}

function stampOf(file: string): string | undefined {
  try {
    return fileStamp(file).stamp;
  } catch {
    return undefined;
  }
}
