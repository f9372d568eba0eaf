import type { RunRecord } from '../../contract/run.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import {
  formatCount,
  formatDuration,
  formatMetric,
  formatPercent,
  formatSignificant,
  shortMetric,
} from '../../view/figures.ts';
import { keptValue } from '../../view/keptValue.ts';
import { dateTime } from '../../view/moment.ts';
import { oneLine } from '../../view/oneLine.ts';
import { dataName, experimentName, modelName, runTitle } from '../../view/runNames.ts';
import { ordinal, whereabouts } from '../../view/runState.ts';

/**
 * The words after the title of a row, the most important first, for the end is cut: `62 % · 0:41 left · acc 84.1`,
 * `rank 16 · s2 · acc 84.3 · 2m 10s`, `2nd in queue`, the first words of a cause.
 * @param queuePosition 1 for the next to start
 * @param apart what tells the run from others of its title
 */
export function runDescription(
  entry: RunEntry,
  queuePosition: number | undefined,
  nowMs: number,
  apart: readonly string[] = [],
): string {
  const { state, summary, notes } = entry;
  const best = keptValue(entry);
  const figure = best === undefined ? [] : [shortMetric(best.name, best.value)];
  const tags = notes.tags.map((tag) => `#${oneLine(tag)}`);
  switch (state) {
    case 'queued':
      return join([
        queuePosition === undefined ? 'in the queue' : `${ordinal(queuePosition)} in queue`,
        ...apart,
        ...tags,
      ]);
    case 'running':
      return join([...whereabouts(entry, nowMs), ...apart, ...figure, ...tags]);
    case 'finished':
      return join([...apart, ...figure, formatDuration(summary.elapsedSeconds), ...tags]);
    case 'stopped':
      return join([...apart, ...figure, stopText(entry), ...tags]);
    case 'failed':
    case 'died':
    case 'unknown':
      return join([...apart, `${state}: ${firstWords(entry.message ?? 'no cause given')}`, ...tags]);
  }
}

/** A run that never began says why. */
const stopText = ({ summary, message }: RunEntry): string =>
  summary.step === 0 && message !== null ? firstWords(message) : `stopped at step ${formatCount(summary.step)}`;

const join = (parts: readonly string[]): string => parts.join(' · ');

function firstWords(text: string): string {
  const line = oneLine(text);
  return line.length <= 60 ? line : `${line.slice(0, 59).replace(/\s+\S*$/, '')} …`;
}

/** One line of a tooltip; the value is foreign text. */
interface Fact {
  readonly name: string;
  readonly value: string;
}

/** The facts in the hover over a row. */
export function runFacts(entry: RunEntry): readonly Fact[] {
  const { record, summary, notes } = entry;
  const { counts } = record;
  const best = summary.best;
  const facts: (Fact | undefined)[] = [
    { name: 'Run', value: runTitle(entry) },
    { name: 'State', value: entry.message === null ? entry.state : `${entry.state}: ${entry.message}` },
    { name: 'Methods', value: methodsText(record) },
    {
      name: 'Tunable',
      value: `${formatCount(counts.method)} (${formatPercent(counts.percent)})${counts.head === 0 ? '' : ` + ${formatCount(counts.head)} head`}`,
    },
    { name: 'Model', value: modelName(entry) },
    { name: 'Data', value: `${dataName(entry)} (${record.task})` },
    { name: 'Experiment', value: experimentName(entry) },
    { name: 'Seed', value: String(record.seed) },
    { name: 'Engine', value: `${record.executor} on ${summary.device ?? record.device}` },
    summary.startedAt === null ? undefined : { name: 'Started', value: dateTime(summary.startedAt) },
    best === null
      ? undefined
      : {
          name: 'Best',
          value: `${best.name} ${formatMetric(best.name, best.value)} at step ${formatCount(best.step)}`,
        },
    summary.loss === null ? undefined : { name: 'Training loss', value: formatSignificant(summary.loss) },
    notes.tags.length === 0 ? undefined : { name: 'Tags', value: notes.tags.join(', ') },
    notes.note === '' ? undefined : { name: 'Note', value: notes.note },
  ];
  return facts.filter((fact) => fact !== undefined);
}

/** A preset goes by its name, with what it stands for behind it. */
function methodsText({ methods, config }: RunRecord): string {
  const entries = config.methods.flatMap((entry) => Object.entries(entry));
  if (entries.length === 0) return methods;
  const options = entries.map(([name, values]) => withOptions(name, values)).join(' + ');
  const names = entries.map(([name]) => name).join(' + ');
  return names === methods ? options : `${methods}: ${options}`;
}

/** `prefix (length 16)` */
function withOptions(name: string, options: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(options)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return shown.length === 0 ? name : `${name} (${shown.join(', ')})`;
}
