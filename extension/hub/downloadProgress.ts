import type { RemoteFile } from './downloadBlob.ts';

/** How far a download is; `bytesPerSecond` leaves out what was there before. */
export interface DownloadProgress {
  /** The file that arrives at the moment. */
  readonly file: string;
  readonly bytes: number;
  /** Of all files that are known to be needed: grows once when an index of shards has been read. */
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
}

/** Adds up what has arrived of several files. */
export class ProgressMeter {
  private readonly present = new Map<string, { readonly bytes: number; readonly resumed: number }>();
  private readonly started = performance.now();
  private total = 0;

  constructor(
    files: readonly RemoteFile[],
    private readonly listener: ((progress: DownloadProgress) => void) | undefined,
  ) {
    this.add(files);
  }

  add(files: readonly RemoteFile[]): void {
    for (const file of files) this.total += file.size;
  }

  done(file: RemoteFile, bytes: number, resumed = bytes): void {
    this.present.set(file.path, { bytes, resumed: Math.min(resumed, bytes) });
    const all = [...this.present.values()];
    const fresh = all.reduce((sum, part) => sum + part.bytes - part.resumed, 0);
    this.listener?.({
      file: file.path,
      bytes: all.reduce((sum, part) => sum + part.bytes, 0),
      totalBytes: this.total,
      bytesPerSecond: (1000 * fresh) / Math.max(1, performance.now() - this.started),
    });
  }
}
