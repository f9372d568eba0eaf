import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { modelName, runTitle } from '../../view/runNames.ts';
import { apartWords, tellApart } from '../../view/tellApart.ts';
import type { Candidate } from './chatSession.ts';

/** Runs, and the base models under them: runs on one base have it once beside them. */
export function candidatesOf(runs: readonly RunEntry[]): {
  readonly runs: readonly Candidate[];
  readonly bases: readonly Candidate[];
} {
  const bases = new Map<string, Candidate>();
  const apart = tellApart(runs, runTitle);
  for (const run of runs) {
    const key = JSON.stringify(run.record.base);
    if (bases.has(key)) continue;
    bases.set(key, {
      id: `base ${run.id}`,
      title: 'Base model',
      detail: modelName(run),
      served: { kind: 'base', run: run.folder },
    });
  }
  return {
    runs: runs.map((run) => {
      const { seed } = run.record;
      const words = apartWords(apart.get(run.record)).filter((word) => word !== `s${seed}`);
      return {
        id: `run ${run.id}`,
        title: runTitle(run),
        detail: [`tuned, seed ${seed}`, ...words].join(' · '),
        served: { kind: 'run', run: run.folder },
      };
    }),
    bases: [...bases.values()],
  };
}
