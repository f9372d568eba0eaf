import { type BigIntStats, statSync } from 'node:fs';

/** A text that is another one whenever a file has been written to or put in its place, with its old time too. */
export const stampOf = ({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string =>
  [size, mtimeNs, ctimeNs, ino].join(' ');

/** A file's size and its stamp. @throws the system's error */
export function fileStamp(file: string): { readonly size: number; readonly stamp: string; readonly isFile: boolean } {
  const stats = statSync(file, { bigint: true });
  return { size: Number(stats.size), stamp: stampOf(stats), isFile: stats.isFile() };
}
