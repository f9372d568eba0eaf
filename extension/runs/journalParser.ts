import { type JournalEvent, parseJournalLine } from '../contract/journal.ts';

/** Longer lines are not ours; they are dropped without being kept in memory. */
const lineLimitBytes = 1 << 20;
const newline = 0x0a;

/** Turns journal bytes, in pieces of any size, into events. The last line waits until its newline has come. */
export class JournalParser {
  /** Lines that were no event: garbage, half lines, newer formats. */
  skippedLines = 0;
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #overlong = false;

  /** Bytes of the last line, still without its newline. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(bytes: Buffer): JournalEvent[] {
    const events: JournalEvent[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
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
    if (event === undefined && (this.#overlong || line !== '')) this.skippedLines++;
    this.#pieces = [];
    this.#pendingBytes = 0;
    this.#overlong = false;
    return event;
  }
}
