import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { RunError } from '../../runs/runErrors.ts';

/**
 * Does something with each of some runs, in turn. One that refuses, for it has begun meanwhile or is protected, keeps no
 * other from it.
 * @returns how many stayed and why the first of them did; undefined where none did
 */
export async function eachRun(
  runs: readonly RunEntry[],
  act: (run: RunEntry) => Promise<void>,
): Promise<string | undefined> {
  const refusals: RunError[] = [];
  for (const run of runs) {
    try {
      await act(run);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      refusals.push(error);
    }
  }
  const [first] = refusals;
  if (first === undefined) return undefined;
  if (runs.length === 1) return first.message;
  return `${refusals.length} of ${runs.length} runs ${refusals.length === 1 ? 'stays' : 'stay'}: ${first.message}`;
}
