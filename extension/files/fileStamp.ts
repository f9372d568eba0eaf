import { statSync } from 'node:fs';

/** A file's size, and a text that is another one whenever the file has been written to. @throws the system's error */
export function fileStamp(file: string): { readonly size: number; readonly stamp: string; readonly isFile: boolean } {
  const stats = statSync(file, { bigint: true });
  const { size, mtimeNs, ctimeNs, ino } = stats;
  return { size: Number(size), stamp: [size, mtimeNs, ctimeNs, ino].join(' '), isFile: stats.isFile() };
}
