import { closeSync, readSync } from 'node:fs';
import { OtherFiles } from '../../files/failure.ts';
import { openGuardedSync } from '../../files/guardedFile.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { Example } from '../../tasks/rows/example.ts';
import type { Row } from '../../tasks/rows/row.ts';
import type { DataSource } from '../formats/readers/source.ts';
import { type RecordFormat, recordFormat } from '../formats/recordFormat.ts';
import { type RowIndex, unpackRecord } from './rowIndex.ts';

const searchedBytes = 1 << 20;
const lineFeed = 0x0a;

/** Rows of a file that stay in it: each is read and encoded when it is asked for. */
export class IndexedRows<Encoded extends Omit<Example, 'index'> = Omit<Example, 'index'>> {
  readonly size: number;
  readonly #format: RecordFormat;
  readonly #encode: (row: Row) => Encoded;
  readonly #file: string;
  readonly #data: number;
  readonly #records: number;
  readonly #place = new Uint32Array(2);

  constructor(source: DataSource, index: RowIndex, encode: (row: Row) => Encoded) {
    this.size = index.rows;
    this.#format = recordFormat(source, index.layout);
    this.#encode = encode;
    this.#file = source.file;
    this.#data = openGuardedSync(index.textFile);
    this.#records = openGuardedSync(index.recordsFile);
  }

  /** @throws DataError naming the line when the row cannot be encoded after all, or the file has become shorter */
  example(row: number): Encoded & Pick<Example, 'index'> {
    const place = new Uint8Array(this.#place.buffer);
    this.#fill(this.#records, place, 8 * row);
    const { offset, bytes } = unpackRecord(this.#place[0]!, this.#place[1]!);
    const record = Buffer.alloc(bytes);
    this.#fill(this.#data, record, offset);
    const text = record.toString('utf8');
    const encoded = (line: number) => ({ index: row, ...this.#encode(this.#format.row(text, line)!) });
    try {
      return encoded(1);
    } catch (error) {
      // Which line it is takes a search from the start of the file: done only for a message.
      if (error instanceof DataError) return encoded(this.#lineAt(offset));
      throw error;
    }
  }

  close(): void {
    closeSync(this.#data);
    closeSync(this.#records);
  }

  #fill(descriptor: number, bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
      if (read === 0) {
        const rule = 'must stay as it is while a run trains on it, got an end where rows were';
        throw new DataError({ file: this.#file }, rule, 'put the old file back and resume', {
          cause: new OtherFiles(),
        });
      }
      done += read;
    }
  }

  #lineAt(offset: number): number {
    const block = Buffer.alloc(searchedBytes);
    let line = 1;
    for (let at = 0; at < offset; ) {
      const read = readSync(this.#data, block, 0, Math.min(block.length, offset - at), at);
      if (read === 0) break;
      const part = block.subarray(0, read);
      for (let i = part.indexOf(lineFeed); i >= 0; i = part.indexOf(lineFeed, i + 1)) line++;
      at += read;
    }
    return line;
  }
}
