import { aboutBytes, aboutSeconds } from '../../config/editor/estimateText.ts';
import { gap } from '../../config/editor/startLens.ts';
import type { Diagnostic } from '../../config/text/diagnostic.ts';
import type { SweepCost } from '../../contract/sweepCost.ts';
import { counted } from '../../problems/counted.ts';
import { runCount, runCountText } from '../plan/runCount.ts';
import type { CheckedSweep } from './checkSweepText.ts';

/** A line above a sweep. */
interface Lens {
  readonly title: string;
  readonly tooltip: string;
}

/**
 * What starting a sweep would run: `▷ Start Sweep   16 runs   ~12 min, ~530 MB, ~40 MB on disk`. Problems come before numbers, and
 * what is not known is left out.
 */
export function sweepLens({ sweep }: CheckedSweep, diagnostics: readonly Diagnostic[], cost?: SweepCost): Lens {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const problems = errors === 0 ? [] : [counted(errors, 'problem')];
  const runs = sweep === undefined ? [] : [counted(runCount(sweep), 'run')];
  const needs = cost === undefined || errors > 0 ? [] : [costText(cost)];
  const about = sweep === undefined ? [] : [runCountText(sweep)];
  const cure = errors === 0 ? [] : ['Fix the underlined problems before the sweep can start.'];
  const said = needs.length === 0 ? [] : [costTooltip(cost!)];
  return {
    title: ['▷ Start Sweep', ...problems, ...runs, ...needs].join(gap),
    tooltip: [...cure, ...about, ...said].join('\n'),
  };
}

export const dryRunLens: Lens = {
  title: 'Dry Run',
  tooltip: 'What each arm needs on this machine; nothing is started.',
};

const costText = ({ seconds, memoryBytes, diskBytes }: SweepCost): string =>
  `~${aboutSeconds(seconds)}, ~${aboutBytes(memoryBytes)}, ~${aboutBytes(diskBytes)} on disk`;

const costTooltip = ({ seconds, memoryBytes, diskBytes }: SweepCost): string =>
  `About ${aboutSeconds(seconds)} and ${aboutBytes(memoryBytes)} of memory on this machine's CPU; the run folders keep about ${aboutBytes(diskBytes)}.`;
