import { progressOfRuns, questionsOfRunsSoFar } from '../../experiments/sweepView.ts';
import { writeVerdict } from '../../runs/folder/sweepFolder.ts';
import { readSweepRuns } from '../../runs/folder/sweepRuns.ts';
import { progressOf, type StoredSweep } from './storedSweep.ts';

/** Keeps with a sweep that is whole what it has shown, so that lists can tell it without statistics. */
export async function keepVerdict(stored: StoredSweep): Promise<void> {
  const { open, underWay } = await progressOf(stored);
  if (open.length + underWay > 0) return;
  const { judge } = await import('../../experiments/verdict/judge.ts');
  const { keptSentences } = await import('../../experiments/verdict/verdictLines.ts');
  const runs = await readSweepRuns(stored.store, stored.record, stored, true);
  const runOf = (index: number) => runs.get(index);
  const verdicts = judge(questionsOfRunsSoFar(stored, progressOfRuns(stored, runOf), runOf));
  writeVerdict(stored.folder, keptSentences(verdicts), runs.values());
}
