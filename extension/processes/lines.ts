import { StringDecoder } from 'node:string_decoder';

/** Hands on the lines of what a pipe delivers in pieces, each when it is complete. */
export function readLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let partial = '';
  return (chunk) => {
    const lines = (partial + decoder.write(chunk)).split(/\r?\n/);
    partial = lines.pop()!;
    for (const line of lines) onLine(line);
  };
}

const keptLines = 40;
const keptChars = 1000;

/** The last lines of what a program prints, blank ones left out; the beginning of those that are long. */
export class LastLines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #complete: string[] = [];
  #partial = '';

  add(chunk: Buffer): void {
    const lines = (this.#partial + this.#decoder.write(chunk)).split(/\r?\n/);
    this.#partial = lines.pop()!.slice(0, keptChars);
    for (const line of lines) if (line.trim() !== '') this.#complete.push(line.slice(0, keptChars));
    this.#complete.splice(0, this.#complete.length - keptLines);
  }

  /** Oldest first. */
  get lines(): string[] {
    const partial = this.#partial.trim() === '' ? [] : [this.#partial];
    return [...this.#complete, ...partial].slice(-keptLines);
  }
}
