import type { RunSnapshot } from '../../extension/contract/panel.ts';
import type { RunState } from '../../extension/contract/run.ts';
import { dateTime } from '../../extension/view/moment.ts';
import { differingKeys, flatConfigOf } from './flatConfig.ts';
import { formatCount, formatPercent } from './format.ts';

/** `…/sst2/train.tsv` → `sst2`; a file that has a name of its own keeps it: `reviews-train.tsv` → `reviews`. */
export function dataName(run: RunSnapshot): string {
  const train = flatConfigOf(run).get('data.train') ?? flatConfigOf(run).get('data.train.file');
  if (!train) return run.record.task;
  const parts = train.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const file = (parts.at(-1) ?? train).replace(/\.[^.]+$/, '').replace(/[-_.]?train(ing)?$/i, '');
  return file !== '' && file !== 'data' ? file : (parts.at(-2) ?? run.record.task);
}

/** `sentence-transformers/all-MiniLM-L6-v2` → `all-MiniLM-L6-v2`. */
export function modelName(run: RunSnapshot): string {
  return (
    run.record.model
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? run.record.model
  );
}

/** The name that the user gave, else the methods. */
export function runName(run: RunSnapshot): string {
  return run.notes.name || run.record.methods;
}

/** Keys that a label never needs: told by the methods' name or the seed, or without a say in a result. */
const unlabelled =
  /^(methods|name|seed|threads|device|executor|revision|python|torchrun|num_processes|compile|training\.(seed|keep_best|checkpoint_steps|kept_activations_mb)|data\.(in_memory_mb|(train|validation|test)\.format))(\.|$)/;

const trainFile = /^data\.train(\.file)?$/;
const otherFiles = /^data\.(validation|test)(\.file)?$/;

/** `terms gain`, `films` for the data, `lora rank 8` where another method has a rank too. */
function differences(runs: readonly RunSnapshot[]): readonly (readonly string[])[] {
  const all = [...differingKeys(runs)].filter(([key]) => !unlabelled.test(key));
  // Other data for training come with other data for validation.
  const differing = all.some(([key]) => trainFile.test(key)) ? all.filter(([key]) => !otherFiles.test(key)) : all;
  const lastWord = (key: string) => key.slice(key.lastIndexOf('.') + 1);
  return runs.map((run, index) =>
    differing.flatMap(([key, values]) => {
      if (trainFile.test(key)) return [dataName(run)];
      const isAmbiguous = differing.some(([other]) => other !== key && lastWord(other) === lastWord(key));
      const words = isAmbiguous ? key.replaceAll('.', ' ') : lastWord(key);
      return values[index] === '' ? [] : [`${words} ${values[index]}`];
    }),
  );
}

/** As many differences as a legend has room for. */
const mostDifferences = 3;

/**
 * What tells each run apart from its namesakes: `['terms gain']`, the seed only where two would read the same without
 * it, the time only where even that does not help. Empty for a name that one run has alone. No two of one name are
 * alike.
 */
export function runDetails(runs: readonly RunSnapshot[]): ReadonlyMap<string, readonly string[]> {
  const details = new Map<string, readonly string[]>();
  for (const name of new Set(runs.map(runName))) {
    const namesakes = runs.filter((run) => runName(run) === name);
    const all = differences(namesakes);
    const refinements: readonly ((run: RunSnapshot, index: number) => readonly string[])[] = [
      (_, index) => all[index]!.slice(0, mostDifferences),
      (_, index) => all[index]!,
      (run, index) => [...all[index]!, `s${run.record.seed}`],
      (run, index) => [...all[index]!, `s${run.record.seed}`, dateTime(run.record.createdAt)],
      (run, index) => [...all[index]!, run.record.id],
    ];
    const textsOf = refinements.map((refine) => namesakes.map((run, index) => refine(run, index)));
    for (const [index, run] of namesakes.entries()) {
      const fitting = textsOf.find((texts) => texts.filter((text) => `${text}` === `${texts[index]}`).length === 1);
      details.set(run.record.id, (fitting ?? textsOf.at(-1)!)[index]!);
    }
  }
  return details;
}

/**
 * Legend names: what the runs have in common is left out. `ln-tuning`, or `ln-tuning · learning_rate 0.003` where that
 * tells it apart.
 */
export function runLabels(runs: readonly RunSnapshot[]): ReadonlyMap<string, string> {
  const details = runDetails(runs);
  return new Map(runs.map((run) => [run.record.id, [runName(run), ...details.get(run.record.id)!].join(' · ')]));
}

/** Names of groups of runs that differ only in seed: each by its first run, the seed left out where it stands for several. */
export function groupNames(groups: readonly (readonly RunSnapshot[])[]): readonly string[] {
  const labels = runLabels(groups.map((runs) => runs[0]!));
  return groups.map((runs) => {
    const label = labels.get(runs[0]!.record.id)!;
    return runs.length > 1 ? `${label.replace(/ · s\d+$/, '')} · n = ${runs.length}` : label;
  });
}

/** A codicon and a word for every state; shape and word tell it, colour only supports. */
export const stateLooks: { readonly [S in RunState]: { readonly icon: string; readonly word: string } } = {
  queued: { icon: 'clock', word: 'queued' },
  running: { icon: 'sync', word: 'running' },
  finished: { icon: 'pass', word: 'finished' },
  stopped: { icon: 'debug-stop', word: 'stopped' },
  failed: { icon: 'error', word: 'failed' },
  died: { icon: 'error', word: 'died' },
  unknown: { icon: 'question', word: 'unknown' },
};

/** The trainer writes at least every few seconds: silence beyond this is worth saying. */
const staleAfterMs = 30_000;

/** When a running run was last heard of, if that is too long ago; else null. */
export function silentSinceMs(run: RunSnapshot, nowMs: number): number | null {
  if (run.state !== 'running' || !run.summary) return null;
  const heard = Date.parse(run.summary.updatedAt);
  return nowMs - heard > staleAfterMs ? heard : null;
}

/** `9,984 of 22,565,376 weights move: 0.044 %. The head adds 148,610.` */
export function countsSentence({ record: { counts } }: RunSnapshot): string {
  const moves = `${formatCount(counts.method)} of ${formatCount(counts.base)} weights move: ${formatPercent(counts.percent)}.`;
  const trained =
    counts.methodTrained === counts.method
      ? ''
      : ` While training it is ${formatCount(counts.methodTrained)}; the rest folds away.`;
  return `${moves} The head adds ${formatCount(counts.head)}.${trained}`;
}

/** `data-vscode-context` of what stands for a run: the editor's menu asks it in the words of the run explorer. */
export function menuContext({ record, state, notes }: RunSnapshot): string {
  const words = ['run', state, ...(notes.pinned ? ['pinned'] : []), ...(notes.protected ? ['protected'] : [])];
  return JSON.stringify({ run: record.id, viewItem: words.join(' '), preventDefaultContextMenuItems: true });
}
