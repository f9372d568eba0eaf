import type { RunSnapshot } from '../../extension/contract/panel.ts';
import { formatCount, formatDuration, formatPercent } from '../../extension/view/figures.ts';
import { flatConfigOf } from '../../extension/view/flatConfig.ts';
import { runName } from '../../extension/view/runNames.ts';
import { isUnderWay, ordinal, whereabouts } from '../../extension/view/runState.ts';
import { type Apart, apartWords, tellApart } from '../../extension/view/tellApart.ts';

const labelOf = (run: RunSnapshot, apart: Apart | undefined): string =>
  [runName(run), ...apartWords(apart)].join(' · ');

/**
 * Legend names: what the runs have in common is left out. `ln-tuning`, or `ln-tuning · lr 3e-3` where that tells it
 * apart.
 */
export function runLabels(runs: readonly RunSnapshot[]): ReadonlyMap<string, string> {
  const apart = tellApart(runs, runName);
  return new Map(runs.map((run) => [run.record.id, labelOf(run, apart.get(run.record))]));
}

/** Names of groups of runs that differ only in seed: each by its first run, the seed left out where it stands for several. */
export function groupNames(groups: readonly (readonly RunSnapshot[])[]): readonly string[] {
  const apart = tellApart(
    groups.map((runs) => runs[0]!),
    runName,
  );
  return groups.map(([first, ...others]) => {
    const own = apart.get(first!.record);
    return labelOf(first!, others.length > 0 ? own && { words: own.words } : own);
  });
}

/** `ln-tuning · n = 3`: a group's name with how many of its seeds are told of. */
export const countedName = (name: string, { length }: readonly RunSnapshot[], told = length): string =>
  length > 1 ? `${name} · n = ${told}` : name;

function epochText(run: RunSnapshot): string {
  const total = Number(flatConfigOf(run.record).get('training.epochs'));
  const epoch = run.summary?.epoch ?? 0;
  if (!Number.isFinite(total) || total <= 0) return `epoch ${epoch.toFixed(1)}`;
  return `epoch ${Math.min(total, epoch).toFixed(1)} of ${total}`;
}

/** `number 2 in the queue`; `epoch 1.9 of 3`, `62 %`, `0:41 left`; `step 360 of 360`, `43 s`. */
export function progressTexts(run: RunSnapshot, nowMs: number): readonly string[] {
  const { summary } = run;
  switch (run.state) {
    case 'queued':
      return [run.queuePosition === null ? 'in the queue' : `${ordinal(run.queuePosition)} in queue`];
    case 'running':
      return [epochText(run), ...whereabouts(run, nowMs)];
    case 'finished':
    case 'stopped':
    case 'failed':
    case 'died':
    case 'unknown':
      if (!summary || summary.totalSteps === 0) return ['before the first step'];
      return [
        `step ${formatCount(summary.step)} of ${formatCount(summary.totalSteps)}`,
        formatDuration(summary.elapsedSeconds),
      ];
  }
}

/** Why a run waits, stopped or did not finish: what was found out about it, else its own last words. */
export function causeOf(run: RunSnapshot): string | undefined {
  if (run.state === 'finished') return undefined;
  // What is under way has got over what its journal said of an earlier attempt.
  return run.message ?? (isUnderWay(run) ? undefined : (run.summary?.message ?? undefined));
}

/** `9,984 of 22,565,376 weights move: 0.044 %. The head adds 148,610.`; nothing of a head where there is none. */
export function countsSentence({ record: { counts } }: RunSnapshot): string {
  const moves = `${formatCount(counts.method)} of ${formatCount(counts.base)} weights move: ${formatPercent(counts.percent)}.`;
  const trained =
    counts.methodTrained === counts.method
      ? ''
      : ` While training it is ${formatCount(counts.methodTrained)}; the rest folds away.`;
  const head = counts.head === 0 ? '' : ` The head adds ${formatCount(counts.head)}.`;
  return `${moves}${head}${trained}`;
}

/** `data-vscode-context` of what stands for a run: the editor's menu asks it in the words of the run explorer. */
export function menuContext({ record, state, notes }: RunSnapshot): string {
  const words = ['run', state, ...(notes.pinned ? ['pinned'] : []), ...(notes.protected ? ['protected'] : [])];
  return JSON.stringify({ run: record.id, viewItem: words.join(' '), preventDefaultContextMenuItems: true });
}
