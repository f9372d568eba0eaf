import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createWriteStream, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { errorCode } from '../../files/failure.ts';
import { fileStamp } from '../../files/fileStamp.ts';
import { FileRefusal } from '../../files/guardedFile.ts';
import { sweepLeftovers } from '../../files/leftovers.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { mostClasses } from '../../tasks/rows/labels.ts';
import { type Columns, columnNames, type Row } from '../../tasks/rows/row.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { isUtf8Source, readUtf8 } from '../formats/bytes/encoding.ts';
import { FileHash } from '../formats/bytes/fileHash.ts';
import { header } from '../formats/bytes/header.ts';
import { unreadable } from '../formats/bytes/unreadable.ts';
import type { DataSource } from '../formats/readers/source.ts';
import { wordLayout } from '../formats/readers/wordLayout.ts';
import { type FileLayout, readLayout, recordFormat } from '../formats/recordFormat.ts';
import { scanRecords } from '../formats/scanRecords.ts';
import { skimmerOf } from '../formats/skim.ts';

/** Which rows of a file are wanted, and how they are checked. */
interface IndexRequest {
  readonly source: DataSource;
  readonly columns: Columns;
  /** Names the check: indexes of different checks are different files. */
  readonly task: string;
  /** Labels of a row; throws for a row that cannot be used. */
  readonly labelsOf: (row: Row, columns: Columns) => readonly string[];
  readonly onBadRow: 'error' | 'skip';
  /** Leave out the first so many rows. */
  readonly skip: number;
  /** Only the first so many rows after those. */
  readonly limit: number | null;
}

/** Where the rows of a file lie, and what one pass over it found out. */
export interface RowIndex {
  readonly file: string;
  /** Where the rows lie: the file itself or, where that is not UTF-8, a copy that is. */
  readonly textFile: string;
  /** Two u32 a row: see `packRecord`. */
  readonly recordsFile: string;
  readonly rows: number;
  readonly layout: FileLayout;
  /** Distinct labels. */
  readonly labels: readonly string[];
  /** Of the whole file. */
  readonly sha256: string;
  readonly skipped: Pick<BadRows, 'count' | 'examples'>;
}

/** Raised whenever what is stored or how rows are checked changes: older indexes are then made anew. */
const indexVersion = 3;

const storedIndex = z.object({
  version: z.literal(indexVersion),
  identity: z.string(),
  rows: z.number().int(),
  layout: z.object({ header: header.nullable(), words: wordLayout.nullable(), isList: z.boolean() }),
  textBytes: z.number().int(),
  labels: z.array(z.string()),
  sha256: z.string(),
  skippedCount: z.number().int(),
  skippedExamples: z.array(z.object({ line: z.number().int(), rule: z.string(), cure: z.string() })),
});
type StoredIndex = z.infer<typeof storedIndex>;

/** Records whose places are gathered before they are written. */
const gathered = 1 << 16;

/** A record's place as two u32: the low word of its offset; its offset's next byte above 24 bits of length. */
export function packRecord(places: Uint32Array, index: number, offset: number, bytes: number): void {
  places[2 * index] = offset % 2 ** 32;
  places[2 * index + 1] = Math.floor(offset / 2 ** 32) * 2 ** 24 + bytes;
}

/** A row's place from the two u32 numbers that the index keeps of it: offset and length, in bytes. */
export function unpackRecord(low: number, high: number): { readonly offset: number; readonly bytes: number } {
  return { offset: low + Math.floor(high / 2 ** 24) * 2 ** 32, bytes: high % 2 ** 24 };
}

/**
 * The index of a file's rows: from the cache where the file has not changed since (its size, times and inode tell),
 * else made in one pass that checks every row, hashes the file and finds the labels.
 * @param folder for indexes
 * @param onBytes progress of the pass
 * @throws DataError naming file, line and cure of the first bad row, unless bad rows are skipped; also where the folder
 * for indexes takes none
 */
export async function openRowIndex(
  request: IndexRequest,
  folder: string,
  onBytes: (bytes: number, totalBytes: number) => void,
): Promise<RowIndex> {
  try {
    return await findOrBuild(request, folder, onBytes);
  } catch (error) {
    throw error instanceof DataError ? error : notKept(folder, error);
  }
}

/** The system's error about the folder for caches, with its cure; any other error as it is. */
function notKept(folder: string, error: unknown): unknown {
  const code = error instanceof FileRefusal ? error.rule : errorCode(error);
  if (code === undefined) return error;
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
  const rule = isFull
    ? `the disk of the folder for caches is full (${code})`
    : `the folder for caches cannot be written (${code})`;
  const room = isFull ? 'free some space, ' : '';
  const cure = `${room}set PEFT_LAB_CACHE to another folder, or raise data.in_memory_mb above the size of the data`;
  return new DataError({ file: folder }, rule, cure, { cause: error });
}

async function findOrBuild(
  request: IndexRequest,
  folder: string,
  onBytes: (bytes: number, totalBytes: number) => void,
): Promise<RowIndex> {
  const { file } = request.source;
  const { size, stamp: identity } = stampOf(file);
  const { columns, source, task, onBadRow, skip, limit } = request;
  const how = createHash('sha256')
    .update(JSON.stringify([columns, source, task, onBadRow, skip, limit]))
    .digest('hex');
  const name = path.join(folder, `${how.slice(0, 32)}`);
  const recordsFile = `${name}.rows`;
  const textFile = isUtf8Source(source) ? file : `${name}.text`;
  const known = readJsonFile(`${name}.json`, storedIndex);
  const isKnown = known.kind === 'ok' && known.value.identity === identity;
  if (isKnown && bytesOf(recordsFile) === 8 * known.value.rows && bytesOf(textFile) === known.value.textBytes) {
    return opened({ file, textFile, recordsFile }, known.value);
  }
  makeFolder(folder);
  sweepLeftovers(folder, /\.[0-9a-f]{8}\.tmp$/);
  const aside = `${recordsFile}.${randomBytes(4).toString('hex')}.tmp`;
  const descriptor = openSync(aside, 'wx');
  try {
    if (textFile !== file) await writeText(source, textFile);
    const found = await buildIndex(request, textFile, descriptor, (bytes) => onBytes(bytes, size));
    if (stampOf(file).stamp !== identity) {
      throw new DataError({ file }, 'must not change while it is read', 'start again once it is written');
    }
    closeSync(descriptor);
    const stored = { version: indexVersion, identity, ...found } as const;
    // An index without its rows is made anew; rows without their index are never looked at.
    renameSync(aside, recordsFile);
    writeJsonAtomic(`${name}.json`, stored, false);
    return opened({ file, textFile, recordsFile }, stored);
  } catch (error) {
    rmSync(aside, { force: true });
    if (textFile !== file) rmSync(textFile, { force: true });
    throw error;
  }
}

/** Writes a file's text as UTF-8, so that single rows of it can be found. */
async function writeText(source: DataSource, textFile: string): Promise<void> {
  const aside = `${textFile}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await pipeline(readUtf8(source, 1 << 20), createWriteStream(aside, { flags: 'wx' }));
    renameSync(aside, textFile);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error instanceof DataError ? error : unreadable(source.file, error);
  }
}

async function buildIndex(
  request: IndexRequest,
  textFile: string,
  descriptor: number,
  onBytes: (bytes: number) => void,
): Promise<Omit<StoredIndex, 'version' | 'identity'>> {
  const { source, columns, labelsOf, skip, limit } = request;
  const layout = await readLayout(source, columnNames(columns));
  const format = recordFormat(source, layout);
  const { text, textPair, prompt, completion } = columns;
  const texts = [text, textPair, prompt, completion].filter((name) => name !== undefined);
  const values = [columns.tokens, columns.label, columns.messages, columns.input].filter((name) => name !== undefined);
  const skim = skimmerOf(source, { ...layout, texts, values });
  const badRows = new BadRows(request.onBadRow);
  const labels = new Set<string>();
  const hash = createHash('sha256');
  const places = new Uint32Array(2 * gathered);
  let [rows, read, bytes, pending] = [0, 0, 0, 0];
  let headerSeen = layout.header?.isRecord !== true;
  const flush = () => {
    writeSync(descriptor, new Uint8Array(places.buffer, 0, 8 * pending));
    pending = 0;
  };

  await scanRecords(
    { file: source.file, textFile },
    format,
    ({ block, start, end, line, offset, error }) => {
      try {
        if (error) throw error;
        const row =
          (headerSeen && skim?.(block, start, end, line)) || format.row(block.toString('utf8', start, end), line);
        if (!row) return true;
        if (!headerSeen) {
          headerSeen = true;
          return true;
        }
        if (limit !== null && read >= skip + limit) return false;
        if (read++ < skip) return true;
        for (const label of labelsOf(row, columns)) if (labels.size <= mostClasses) labels.add(label);
      } catch (problem) {
        badRows.handle(problem);
        return true;
      }
      packRecord(places, pending++, offset, end - start);
      rows++;
      if (pending === gathered) flush();
      return true;
    },
    (block) => {
      hash.update(block);
      bytes += block.length;
      onBytes(bytes);
    },
  );
  flush();
  return {
    rows,
    layout,
    textBytes: bytes,
    labels: [...labels],
    // Of the file as it is, whatever its rows are read from.
    sha256: textFile === source.file ? hash.digest('hex') : await new FileHash(source.file).whole(() => {}),
    skippedCount: badRows.count,
    skippedExamples: badRows.examples.map(({ place, rule, cure }) => ({ line: place.line!, rule, cure })),
  };
}

function opened(files: Pick<RowIndex, 'file' | 'textFile' | 'recordsFile'>, stored: StoredIndex): RowIndex {
  const { rows, layout, labels, sha256, skippedCount, skippedExamples } = stored;
  const { file } = files;
  const examples = skippedExamples.map(({ line, rule, cure }) => new DataError({ file, line }, rule, cure));
  return { ...files, rows, layout, labels, sha256, skipped: { count: skippedCount, examples } };
}

/** @throws DataError when the file is not there */
function stampOf(file: string): ReturnType<typeof fileStamp> {
  try {
    return fileStamp(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

const bytesOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;
