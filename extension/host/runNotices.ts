import type { PanelView } from '../contract/panel.ts';
import type { SweepView } from '../contract/sweepView.ts';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { formatDuration, shortMetric } from '../view/figures.ts';
import { keptValue } from '../view/keptValue.ts';
import { experimentName, runTitle } from '../view/runNames.ts';
import { doneText, sweepName } from '../view/sweepText.ts';
import { notify } from './editor/notify.ts';
import { readSettings } from './editor/settings.ts';
import { bestRun } from './explorer/runGroups.ts';
import type { SweepEntry } from './runs/sweepCatalog.ts';

type ToldSweep = Pick<SweepEntry, 'record' | 'view' | 'verdict'>;
type ReadSweep = ToldSweep & { readonly view: SweepView };

interface NoticeActions {
  readonly openDashboard: (runs: readonly RunEntry[], view?: PanelView) => void;
  readonly openLog: (run: RunEntry) => void;
  readonly resume: (run: RunEntry) => void;
  readonly openSweep: (id: string) => void;
  /** A sweep as it is now; undefined where it is gone. */
  readonly sweepOf: (id: string) => ToldSweep | undefined;
  /** Whether a person sees the run finish anyway; a failure is told in any case. */
  readonly isWatched: (run: RunEntry) => boolean;
}

/** Tells of runs that finished, failed or died while this window was open: in one notice what belongs together. */
export function tellEnds(ended: readonly RunEntry[], actions: NoticeActions): void {
  const { notifications } = readSettings();
  const told = ended.filter((run) => notifications === 'all' || (notifications === 'failures' && !isFinished(run)));
  const [first] = told;
  if (first === undefined || told.every((run) => isFinished(run) && actions.isWatched(run))) return;
  const sweep = sweepOfAll(told, actions);
  // One failure alone is told with its cause.
  if (sweep !== undefined && (told.length > 1 || isFinished(first))) void tellSweep(sweep, actions);
  else if (told.length > 1) void tellMany(told, actions);
  else if (isFinished(first)) void tellFinished(first, actions);
  else void tellFailed(first, actions);
}

/** The sweep that all of these runs belong to; undefined where it cannot be read either. */
function sweepOfAll(runs: readonly RunEntry[], { sweepOf }: NoticeActions): ReadSweep | undefined {
  const [id, ...others] = new Set(runs.map(({ record }) => record.sweep?.id));
  const sweep = id === undefined || others.length > 0 ? undefined : sweepOf(id);
  return sweep?.view && { ...sweep, view: sweep.view };
}

const isFinished = ({ state }: RunEntry): boolean => state === 'finished';

async function tellFinished(run: RunEntry, { openDashboard }: NoticeActions): Promise<void> {
  const best = keptValue(run);
  const figure = best === undefined ? '' : `: ${shortMetric(best.name, best.value)}`;
  const dashboard = 'Open Dashboard';
  const message = `${runTitle(run)} finished in ${formatDuration(run.summary.elapsedSeconds)}${figure}`;
  if ((await notify.information(message, dashboard)) === dashboard) openDashboard([run]);
}

async function tellFailed(run: RunEntry, { openLog, resume }: NoticeActions): Promise<void> {
  const log = 'Open Log';
  const again = 'Resume';
  const message = `${runTitle(run)} ${run.state}: ${run.message ?? 'no cause given'}`;
  const chosen = await notify.error(message, log, again);
  if (chosen === log) openLog(run);
  if (chosen === again) resume(run);
}

/** `Sweep reviews finished: bitfit is better than lora …`; before its verdict `Sweep reviews: 10 of 12 runs finished` */
async function tellSweep({ record, view, verdict }: ReadSweep, { openSweep }: NoticeActions): Promise<void> {
  const name = sweepName(record);
  const lacking = view.failed === 0 ? '' : `, ${view.failed} without a result`;
  const message =
    verdict?.[0] === undefined ? `Sweep ${name}: ${doneText(view)}` : `Sweep ${name} finished${lacking}: ${verdict[0]}`;
  const open = 'Open Sweep';
  if ((await (view.failed === 0 ? notify.information : notify.warning)(message, open)) === open) openSweep(record.id);
}

/** `12 runs of reviews: 10 finished, best acc 86.3 (lora · reviews); 2 failed`; without a name where they have several */
async function tellMany(runs: readonly RunEntry[], { openDashboard }: NoticeActions): Promise<void> {
  const finished = runs.filter(isFinished);
  const failed = runs.length - finished.length;
  // Tuning runs were judged by the rows that chose among them.
  const best = runs.some(({ record }) => record.sweep !== undefined) ? undefined : bestRun(finished);
  const parts = [
    ...(finished.length === 0
      ? []
      : [
          best === undefined
            ? `${finished.length} finished`
            : `${finished.length} finished, best ${shortMetric(best.name, best.value)} (${runTitle(best.run)})`,
        ]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ];
  const [name, ...others] = new Set(runs.map(experimentName));
  const message = `${runs.length} runs${others.length === 0 ? ` of ${name}` : ''}: ${parts.join('; ')}`;
  const compare = 'Compare Runs';
  const chosen = await (failed === 0 ? notify.information : notify.warning)(message, compare);
  if (chosen === compare) openDashboard(runs, 'compare');
}
