import { l10n } from 'vscode';
import type { RunEntry } from '../runs/runEntry.ts';
import { duration, metric } from './explorer/figures.ts';
import { runTitle } from './explorer/runNames.ts';
import { leadingMetric } from './explorer/runText.ts';
import { notify } from './notify.ts';
import type { RunChange } from './runs/runWatch.ts';
import { readSettings } from './settings.ts';

export interface NoticeActions {
  readonly openDashboard: (run: RunEntry) => void;
  readonly openLog: (run: RunEntry) => void;
  readonly resume: (run: RunEntry) => void;
}

/** Tells of runs that finished, failed or died while this window was open; of nothing else. */
export function noticeEnds(changes: readonly RunChange[], actions: NoticeActions): void {
  const { notifications } = readSettings();
  for (const { before, after } of changes) {
    if (after === undefined || before === undefined || !['running', 'queued'].includes(before.state)) continue;
    if (after.state === 'finished' && notifications === 'all') void tellFinished(after, actions);
    if ((after.state === 'failed' || after.state === 'died') && notifications !== 'none')
      void tellFailed(after, actions);
  }
}

async function tellFinished(run: RunEntry, { openDashboard }: NoticeActions): Promise<void> {
  const best = leadingMetric(run);
  const figure = best === undefined ? '' : `: ${metric(best.name, best.value)}`;
  const dashboard = l10n.t('Open Dashboard');
  const message = l10n.t('{0} finished in {1}{2}', runTitle(run), duration(run.summary.elapsedSeconds), figure);
  if ((await notify.information(message, dashboard)) === dashboard) openDashboard(run);
}

async function tellFailed(run: RunEntry, { openLog, resume }: NoticeActions): Promise<void> {
  const log = l10n.t('Open Log');
  const again = l10n.t('Resume');
  const message = l10n.t('{0} {1}: {2}', runTitle(run), run.state, run.message ?? l10n.t('no cause given'));
  const chosen = await notify.error(message, log, again);
  if (chosen === log) openLog(run);
  if (chosen === again) resume(run);
}
