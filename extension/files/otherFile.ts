/** What a file is that should be something else, and what to do about it. */
interface OtherFile {
  readonly what: string;
  readonly cure: string;
}

const unpack = 'unpack it first';
const download = 'download the file itself: a direct link, signed in where the server asks for it';

/** First characters, as Latin-1, of files that take the place of data, models and their parts. */
const beginnings: readonly (readonly [beginning: string | RegExp, what: string, cure: string])[] = [
  ['version https://git-lfs.', 'a pointer of Git LFS', 'fetch the file itself with git lfs pull'],
  ['\x1f\x8b', 'a gzip file', unpack],
  ['PK\x03\x04', 'a zip archive or an Excel workbook', 'unpack it first, or save the sheet as CSV'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file', unpack],
  ['\xfd7zXZ\x00', 'an xz file', unpack],
  ['PAR1', 'Parquet', 'set data.format: parquet'],
  // A line that begins so may also be a word of CoNLL.
  [/^(\xef\xbb\xbf)?\s*(<!doctype html[\s>]|<html(\s[^\t>]*)?>\s*<(?!.*\t))/i, 'a web page', download],
  [/^(\xef\xbb\xbf)?\s*<\?xml[^>]*\?>\s*<Error>/, 'an error of a server', download],
  [
    /^\s*(404: Not Found|Entry not found|Invalid username or password\.|\{"error": ?"[^"]*"\})\s*$/,
    'an error of a server',
    download,
  ],
];

/** Bytes of a file's beginning that tell what it is. */
export const tellingBytes = 512;

/** Tells by its first bytes what a file is that should be text, JSON or weights; undefined where it may well be that. */
export function otherFile(start: Uint8Array): OtherFile | undefined {
  const text = Buffer.from(start.subarray(0, tellingBytes)).toString('latin1');
  const found = beginnings.find(([beginning]) =>
    typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text),
  );
  return found && { what: found[1], cure: found[2] };
}
