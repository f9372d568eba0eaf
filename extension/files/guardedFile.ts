import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/**
 * The door for every file that anyone may have written: a folder that is merely opened must cost little, whatever lies
 * in it. A name may lead to a device, a pipe, or a file as large as the disk, by a link that git carries too.
 */

const kib = 1 << 10;
const mib = 1 << 20;

/** The largest file of each kind that is read as a whole, far above any real one, in bytes. */
export const sizeLimits = {
  /** `run.json` holds the config's text twice, and names of classes. */
  runRecord: 4 * mib,
  /** Notes, summaries, claims, requests. */
  runFile: mib,
  /** Five thousand lines of progress and half a million evaluations; a list of runs reads all of them once. */
  journal: 64 * mib,
  /** Two numbers of up to 20 digits, or five counts, for each of 200,000 rows. */
  rowOutcomes: 16 * mib,
  /** A config, which has a limit and a message of its own. */
  config: 4 * mib,
  /** `config.json` and the like of models and adapters. */
  modelJson: 4 * mib,
  /** Names every tensor of a checkpoint. */
  weightsIndex: 16 * mib,
  /** `tokenizer.json`, `vocab.txt`: those of large vocabularies have 35 MB. */
  tokenizer: 64 * mib,
  /** One line: a commit, a token. */
  line: 64 * kib,
} as const;

/** What stands where a file should be, and must not be read as one; `rule` and `cure` are for messages of others. */
export class FileRefusal extends Error {
  constructor(
    readonly file: string,
    readonly rule: string,
    readonly cure: string,
  ) {
    super(`${file}: ${rule}; ${cure}`);
    this.name = 'FileRefusal';
  }
}

/** Without waiting for the other end of a pipe, or taking a terminal over; Windows knows neither. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * Opens a regular file for reading in parts; links are followed.
 * @throws FileRefusal for anything else · the system's error
 */
export async function openGuarded(file: string): Promise<FileHandle> {
  // Asked by name first, since to open a device may already do something; then again of what was in fact opened.
  assertRegular(file, await stat(file));
  const handle = await open(file, flags);
  try {
    assertRegular(file, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** As `openGuarded`, at once. @returns a descriptor */
export function openGuardedSync(file: string): number {
  assertRegular(file, statSync(file));
  const descriptor = openSync(file, flags);
  try {
    assertRegular(file, fstatSync(descriptor));
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * The size of a file; undefined where nothing is.
 * @throws FileRefusal for anything but a regular file of at most `limitBytes` · the system's error
 */
export function guardedSize(file: string, limitBytes: number): number | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  assertRegular(file, stats);
  assertSize(file, stats.size, limitBytes);
  return stats.size;
}

/**
 * A whole file, never more than `limitBytes` of it, however it grows meanwhile.
 * @throws FileRefusal for anything but a regular file of at most that size · the system's error
 */
export async function readGuarded(file: string, limitBytes: number): Promise<Buffer> {
  const handle = await openGuarded(file);
  try {
    const gathered = new Gathered(file, (await handle.stat()).size, limitBytes);
    while (gathered.take((await handle.read(gathered.room)).bytesRead));
    return gathered.bytes;
  } finally {
    await handle.close();
  }
}

/** As `readGuarded`, at once: ten thousand small files take a fifth of the time. */
export function readGuardedSync(file: string, limitBytes: number): Buffer {
  const descriptor = openGuardedSync(file);
  try {
    const gathered = new Gathered(file, fstatSync(descriptor).size, limitBytes);
    while (gathered.take(readSync(descriptor, gathered.room)));
    return gathered.bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** A file's bytes as they come, up to a limit. */
class Gathered {
  readonly #file: string;
  readonly #limitBytes: number;
  #whole: Buffer;
  #length = 0;

  constructor(file: string, size: number, limitBytes: number) {
    this.#file = file;
    this.#limitBytes = limitBytes;
    assertSize(file, size, limitBytes);
    // One more, so that the end is seen; systems give some of their files no size at all.
    this.#whole = Buffer.allocUnsafe(Math.max(size, 4 * kib) + 1);
  }

  get bytes(): Buffer {
    return this.#whole.subarray(0, this.#length);
  }

  /** Where the next bytes go; never empty. */
  get room(): Buffer {
    if (this.#length === this.#whole.length) this.#whole = Buffer.concat([this.#whole], 2 * this.#length);
    return this.#whole.subarray(this.#length);
  }

  /** @returns whether there may be more */
  take(count: number): boolean {
    this.#length += count;
    assertSize(this.#file, this.#length, this.#limitBytes);
    return count > 0;
  }
}

function assertRegular(file: string, stats: Stats): void {
  if (stats.isFile()) return;
  const cure = stats.isDirectory() ? 'name a file inside it' : 'put a file in its place';
  throw new FileRefusal(file, `must be a file, got ${kindOf(stats)}`, cure);
}

function assertSize(file: string, bytes: number, limitBytes: number): void {
  if (bytes <= limitBytes) return;
  const rule = `must have at most ${limitBytes} bytes, got ${bytes}`;
  throw new FileRefusal(file, rule, 'is it the right file?');
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
