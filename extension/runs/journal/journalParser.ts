import { type JournalEvent, parseJournalLine } from '../../contract/journal.ts';
import { FileRefusal, sizeLimits } from '../../files/guardedFile.ts';

/** Longer lines are not ours; they are dropped without being kept in memory. */
const lineLimitBytes = 1 << 20;
const newline = 0x0a;
/** A file with more lines that are no event is no journal: what is no event costs ten times as much as what is one. */
const mostSkipped = 10_000;

/** Turns journal bytes, in pieces of any size, into events. The last line waits until its newline has come. */
export class JournalParser {
  /** Lines that were no event: garbage, half lines, newer formats. */
  skippedLines = 0;
  #blankLines = 0;
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #overlong = false;

  /** Bytes of the last line, still without its newline. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether so much was no event that the rest is not looked at. */
  get isForeign(): boolean {
    return this.skippedLines + this.#blankLines > mostSkipped;
  }

  push(bytes: Buffer): JournalEvent[] {
    const events: JournalEvent[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      if (this.isForeign) return events;
      this.#hold(bytes.subarray(start, end));
      const event = this.#finishLine();
      if (event !== undefined) events.push(event);
      start = end + 1;
    }
    this.#hold(Buffer.from(bytes.subarray(start)));
    return events;
  }

  #hold(piece: Buffer): void {
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes > lineLimitBytes) {
      this.#overlong = true;
      this.#pieces = [];
    } else if (piece.length > 0) {
      this.#pieces.push(piece);
    }
  }

  #finishLine(): JournalEvent | undefined {
    const line = Buffer.concat(this.#pieces).toString('utf8').trim();
    const event = this.#overlong || line === '' ? undefined : parseJournalLine(line);
    if (line === '' && !this.#overlong) this.#blankLines++;
    else if (event === undefined) this.skippedLines++;
    this.#pieces = [];
    this.#pendingBytes = 0;
    this.#overlong = false;
    return event;
  }
}

/**
 * Whether what was read so far may be a journal; asked between pieces, for some files of systems never end.
 * @throws FileRefusal
 */
export function assertJournal(file: string, parser: JournalParser, bytes: number): void {
  const cure = 'is it the right file?';
  if (bytes > sizeLimits.journal) {
    throw new FileRefusal(file, `must have at most ${sizeLimits.journal} bytes, got more`, cure);
  }
  if (!parser.isForeign) return;
  throw new FileRefusal(file, `must hold one event a line, got more than ${mostSkipped} lines that are none`, cure);
}
