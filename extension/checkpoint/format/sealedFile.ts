import { CheckpointError } from './checkpointError.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors.ts';
import { sealOf } from './seal.ts';

/**
 * Opens a safetensors file of a run and reads all of it, to see that it is as it was written and of that run.
 * @param run the run's id, where the file must be of that one
 * @param cure what to do about a damaged one
 * @throws CheckpointError when it is missing, unreadable, damaged or of another run
 */
export async function openSealed(path: string, run: string | undefined, cure: string): Promise<SafetensorsFile> {
  const file = await openSafetensors(path, cure);
  const { sha256, run: writer } = file.metadata;
  if (sha256 === undefined) throw new CheckpointError(path, `must hold its own SHA-256, got none; ${cure}`);
  demandHash(path, sha256, await sealOf(path, sha256), cure);
  if (run !== undefined && writer !== run) {
    throw new CheckpointError(path, `must be of the run ${run}, got one of ${writer ?? 'none'}; ${cure}`);
  }
  return file;
}

/** @throws CheckpointError when a file no longer is what it was */
export function demandHash(path: string, written: string, found: string, cure: string): void {
  if (found === written) return;
  const brief = (hash: string) => `${hash.slice(0, 12)}…`;
  throw new CheckpointError(
    path,
    `must be as it was written (SHA-256 ${brief(written)}), got ${brief(found)}; the file is damaged: ${cure}`,
  );
}
