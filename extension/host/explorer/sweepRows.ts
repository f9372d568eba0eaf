import type { SweepView } from '../../contract/sweepView.ts';
import { counted } from '../../problems/counted.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { shortMetric } from '../../view/figures.ts';
import { keptValue } from '../../view/keptValue.ts';
import { filterOf } from '../../view/runFilter.ts';
import { leftText } from '../../view/runState.ts';
import { sweepName, sweepWhereabouts, sweepWords } from '../../view/sweepText.ts';

/** The parts of a sweep that its row shows: those that lists know. */
export interface ListedSweep {
  readonly record: { readonly path: string };
  readonly runs: ReadonlyMap<number, RunEntry>;
  readonly view: SweepView | undefined;
  readonly verdict: readonly string[] | undefined;
}

/** What follows the finding in a sentence: intervals, p, power. A comma alone may be one of an arm's name. */
const afterFinding = /(?<= not (?:told apart|compared)): |, (?:between|though) | \(p [=<]|\.$/;

/** `9/16 runs · 4:10 left`, `16/16 runs · ln-tuning is better than bitfit: accuracy +2.3 points` */
export function sweepDescription({ runs, view, verdict }: ListedSweep): string {
  if (view === undefined) return counted(runs.size, 'run');
  const { finished, dropped, failed, total, state, secondsLeft } = view;
  return [
    `${finished + dropped}/${total} runs`,
    ...(failed > 0 ? [`${failed} without a result`] : []),
    ...(state === 'running' && secondsLeft !== undefined ? [leftText(secondsLeft)] : []),
    ...(state === 'open' ? [sweepWords.open] : []),
    ...(verdict?.[0] === undefined ? [] : [verdict[0].split(afterFinding)[0]!]),
  ].join(' · ');
}

/** What a screen reader says of a row, which shows a state by its icon alone unless its description names it. */
export const sweepLabel = (sweep: ListedSweep): string =>
  [
    `sweep ${sweepName(sweep.record)}`,
    ...(sweep.view === undefined || sweep.view.state === 'open' ? [] : [sweepWords[sweep.view.state]]),
    sweepDescription(sweep),
  ].join(', ');

/** All that is to be said of a sweep, a paragraph each. */
export const sweepSentences = ({ view, verdict }: ListedSweep): readonly string[] =>
  view === undefined ? [] : [view.runCount, `${sweepWhereabouts(view)}.`, ...(verdict ?? [])];

/** `ln-tuning`, `ln-tuning, training.batch_size 16`; with the data set where there are several. */
export function armTitle({ cells }: Pick<SweepView, 'cells'>, cell: number): string {
  const { arm, grid, experiment } = cells[cell]!;
  const isOnly = cells.every((other) => other.experiment === experiment);
  return [...(isOnly ? [] : [experiment]), arm, ...grid].join(', ');
}

/** `3/8 runs · acc 83.4`: the mean of the results that are there. */
export function armDescription({ view, runs }: ListedSweep, cell: number): string {
  const own = view!.runs.filter((run) => run.cell === cell);
  const ended = own.filter(({ state }) => state === 'finished' || state === 'dropped').length;
  const kept = own
    .filter(({ stage, state }) => stage === 'results' && state === 'finished')
    .flatMap(({ index }) => keptValue(runs.get(index)!) ?? []);
  const [first] = kept;
  const isOne = first !== undefined && kept.every(({ name }) => name === first.name);
  const mean = kept.reduce((sum, { value }) => sum + value, 0) / kept.length;
  return [`${ended}/${own.length} runs`, ...(isOne ? [shortMetric(first.name, mean)] : [])].join(' · ');
}

/** Whether a filter finds a sweep: by its own name, or by one of its runs. */
export function sweepMatches({ record, runs }: ListedSweep, filter: string): boolean {
  if (filter === '') return true;
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const name = sweepName(record).toLowerCase();
  return words.every((word) => name.includes(word)) || [...runs.values()].some(filterOf(filter));
}
