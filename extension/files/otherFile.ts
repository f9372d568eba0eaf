/** What a file is that should be something else, and what to do about it. */
export interface OtherFile {
  readonly what: string;
  readonly cure: string;
}

const unpack = 'unpack it first';

/** First bytes, as Latin-1, of files that take the place of data and weights. */
const beginnings: readonly (readonly [beginning: string, what: string, cure: string])[] = [
  ['version https://git-lfs.', 'a pointer of Git LFS', 'fetch the file itself with git lfs pull'],
  ['\x1f\x8b', 'a gzip file', unpack],
  ['PK\x03\x04', 'a zip archive or an Excel workbook', 'unpack it first, or save the sheet as CSV'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file', unpack],
  ['\xfd7zXZ\x00', 'an xz file', unpack],
  ['PAR1', 'Parquet', 'set data.format: parquet'],
];

/** Tells by its first bytes what a file is that should be text, JSON or weights; undefined where it may well be that. */
export function otherFile(start: Uint8Array): OtherFile | undefined {
  const text = Buffer.from(start.subarray(0, 64)).toString('latin1');
  const found = beginnings.find(([beginning]) => text.startsWith(beginning));
  return found && { what: found[1], cure: found[2] };
}
