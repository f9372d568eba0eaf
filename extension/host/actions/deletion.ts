import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { formatBytes } from '../../view/figures.ts';

/** Which of some runs can be deleted, and how many cannot: protected ones, and those that run or wait. */
export function deletion(runs: readonly RunEntry[]): {
  readonly deletable: readonly RunEntry[];
  readonly kept: number;
} {
  const deletable = runs.filter(({ notes, state }) => !notes.protected && state !== 'running' && state !== 'queued');
  return { deletable, kept: runs.length - deletable.length };
}

/** Names listed before the rest is counted. */
const mostNamed = 8;

/** What else the question before runs are deleted says. */
interface DeletionFacts {
  /** How many of those selected are not deleted. */
  readonly kept: number;
  /** How many another host or container may still be training. */
  readonly outOfSight: number;
  /** How many belong to a sweep that is there. */
  readonly ofSweeps: number;
  readonly hasTrash: boolean;
}

/** The question before runs are deleted: which runs, their size, what misses them, and whether they can be restored. */
export function deletionText(
  names: readonly string[],
  bytes: number,
  { kept, outOfSight, ofSweeps, hasTrash }: DeletionFacts,
): { readonly question: string; readonly detail: string; readonly yes: string } {
  const isOne = names.length === 1;
  const unnamed = names.length - mostNamed;
  const size = formatBytes(bytes);
  const lines = [
    ...(isOne ? [] : names.slice(0, mostNamed)),
    ...(unnamed > 0 ? [`… and ${unnamed} more`] : []),
    hasTrash
      ? `${size} of checkpoints, tuned weights and journals go to the trash.`
      : `${size} of checkpoints, tuned weights and journals are deleted for good: there is no trash here.`,
    ...(outOfSight === 0
      ? []
      : [
          `${isOne ? 'It' : `${outOfSight} of them`} may still be in training on another host or in another container, which cannot be seen from here: what is trained there is lost.`,
        ]),
    ...(ofSweeps === 0
      ? []
      : [
          `${isOne ? 'It belongs' : `${ofSweeps} of them ${ofSweeps === 1 ? 'belongs' : 'belong'}`} to a sweep, which is not finished without ${ofSweeps === 1 ? 'it: resumed, it trains it' : 'them: resumed, it trains them'} again.`,
        ]),
    ...(kept === 0
      ? []
      : [`${kept} more ${kept === 1 ? 'stays: it is' : 'stay: they are'} protected, running or queued.`]),
  ];
  return {
    question: isOne ? `Delete “${names[0]!}”?` : `Delete ${names.length} runs?`,
    detail: lines.join('\n'),
    yes: hasTrash ? 'Move to Trash' : 'Delete for Good',
  };
}
