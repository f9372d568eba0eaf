import type { PanelView } from '../contract/panel.ts';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { formatDuration, shortMetric } from '../view/figures.ts';
import { keptValue } from '../view/keptValue.ts';
import { experimentName, runTitle } from '../view/runNames.ts';
import { notify } from './editor/notify.ts';
import { readSettings } from './editor/settings.ts';
import { bestRun } from './explorer/runGroups.ts';

export interface NoticeActions {
  readonly openDashboard: (runs: readonly RunEntry[], view?: PanelView) => void;
  readonly openLog: (run: RunEntry) => void;
  readonly resume: (run: RunEntry) => void;
  /** Whether a person sees the run finish anyway; a failure is told in any case. */
  readonly isWatched: (run: RunEntry) => boolean;
}

/** Tells of runs that finished, failed or died while this window was open: in one notice what belongs together. */
export function tellEnds(ended: readonly RunEntry[], actions: NoticeActions): void {
  const { notifications } = readSettings();
  const told = ended.filter((run) => notifications === 'all' || (notifications === 'failures' && !isFinished(run)));
  const [first] = told;
  if (first === undefined || told.every((run) => isFinished(run) && actions.isWatched(run))) return;
  if (told.length > 1) void tellMany(told, actions);
  else if (isFinished(first)) void tellFinished(first, actions);
  else void tellFailed(first, actions);
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

/** `12 runs of reviews: 10 finished, best acc 86.3 (lora · reviews); 2 failed`; without a name where they have several */
async function tellMany(runs: readonly RunEntry[], { openDashboard }: NoticeActions): Promise<void> {
  const finished = runs.filter(isFinished);
  const failed = runs.length - finished.length;
  const best = bestRun(finished);
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
