import { counted } from '../problems/counted.ts';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { oneLine } from '../view/oneLine.ts';
import { runTitle } from '../view/runNames.ts';
import { leftText, progressOf, progressText, secondsLeft } from '../view/runState.ts';
import { runningTexts, sweepName, sweepWhereabouts } from '../view/sweepText.ts';
import type { ListedSweep } from './explorer/sweepRows.ts';

/** The work under way, in the status bar and in its hover. */
interface StatusWords {
  readonly isRunning: boolean;
  readonly text: string;
  /** A line for each sweep, for what it runs, and for each run of its own. */
  readonly lines: readonly string[];
}

/**
 * The text of the status bar. A sweep stands for its runs: the end of one run in forty says little.
 * @returns undefined where nothing runs or waits
 */
export function runStatusText(
  runs: readonly RunEntry[],
  queued: number,
  sweeps: readonly Omit<ListedSweep, 'verdict'>[],
): StatusWords | undefined {
  const live = sweeps.flatMap(({ record, runs, view }) => (view?.state === 'running' ? [{ record, runs, view }] : []));
  const ofSweeps = new Set(live.flatMap(({ runs }) => [...runs.values()].map(({ folder }) => folder)));
  const alone = runs.filter(({ state, folder }) => state === 'running' && !ofSweeps.has(folder));
  const isRunning = live.length + alone.length > 0;
  if (!isRunning && queued === 0) return undefined;
  const sum = (of: (view: (typeof live)[number]['view']) => number): number =>
    live.reduce((total, { view }) => total + of(view), 0);
  const swept = `${sum(({ finished, dropped }) => finished + dropped)}/${sum(({ total }) => total)} runs`;
  const left = [
    ...live.flatMap(({ view }) => view.secondsLeft ?? []),
    ...alone.flatMap(({ summary }) => secondsLeft(summary) ?? []),
  ];
  const [only] = live;
  return {
    isRunning,
    text: [
      ...(only === undefined ? [] : [live.length === 1 ? titleOf(only) : `${live.length} sweeps`, swept]),
      ...(alone.length === 0 ? [] : [...runsText(alone)]),
      ...(left.length === 0 ? [] : [leftText(Math.max(...left))]),
      ...(queued === 0 ? [] : [`${queued} queued`]),
    ].join(' · '),
    lines: [
      ...live.flatMap(({ record, view }) => [
        `${titleOf({ record })}: ${sweepWhereabouts(view)}`,
        ...runningTexts(view),
      ]),
      ...alone.map((run) => `${runTitle(run)}: ${runText(run)}`),
    ],
  };
}

const titleOf = ({ record }: Pick<ListedSweep, 'record'>): string => oneLine(sweepName(record));

/** `2 runs`, `62 %`: of the one that has come least far. */
function runsText(runs: readonly RunEntry[]): readonly string[] {
  const done = runs.flatMap(({ summary }) => progressOf(summary) ?? []);
  return [counted(runs.length, 'run'), ...(done.length === 0 ? [] : [progressText(Math.min(...done))])];
}

function runText(run: RunEntry): string {
  const left = secondsLeft(run.summary);
  return [...runsText([run]), ...(left === undefined ? [] : [leftText(left)])].join(' · ');
}
