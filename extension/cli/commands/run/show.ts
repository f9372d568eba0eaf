import path from 'node:path';
import type { Command } from 'commander';
import type { JournalEvent } from '../../../contract/journal.ts';
import { runFiles } from '../../../contract/run.ts';
import { mostMetrics } from '../../../contract/summaryAfter.ts';
import { plainInLine } from '../../../files/plainText.ts';
import { counted } from '../../../problems/counted.ts';
import { readEngineChoice } from '../../../runs/folder/engineChoice.ts';
import type { RunEntry } from '../../../runs/folder/runEntry.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { mergeAttempts, readJournal } from '../../../runs/journal/journalReader.ts';
import { formatClock } from '../../../view/figures.ts';
import { dateMinute } from '../../../view/moment.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { countDetails, countsTable } from '../../output/countTable.ts';
import { metricText, real, table } from '../../output/format.ts';
import { runJson } from './runs.ts';

export function registerShow(program: Command, cli: Cli): void {
  program
    .command('show <run>')
    .summary('show one run')
    .description('Shows one run: state, sizes, evaluations, warnings. RUN is an id, a part of one, a path or `last`.')
    .option('--json', 'one object, as in `runs --json`')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption & { readonly json?: boolean }) => {
        const store = storeOf(options, defaultRunsFolder);
        const run = await store.read(store.resolve(name));
        if (options.json) {
          cli.print(`${JSON.stringify(runJson(run))}\n`);
          return 0;
        }
        const journal = await readJournal(path.join(run.folder, runFiles.journal));
        cli.print(describeRun(run, mergeAttempts(journal.events)));
        if (journal.skippedLines > 0)
          cli.note(`${journal.skippedLines} line(s) of the journal are not events and are left out\n`);
        return 0;
      }),
    );
}

function describeRun(run: RunEntry, events: readonly JournalEvent[]): string {
  const { record, summary, notes } = run;
  const facts = [
    ['run', notes.name === '' ? run.id : `${run.id} (${notes.name})`],
    ['state', run.message === null ? run.state : `${run.state}: ${run.message}`],
    ['model', record.model],
    ['task', record.task],
    ['methods', record.methods],
    ['seed', String(record.seed)],
    ['executor', engineText(run)],
    ['steps', `${summary.step} of ${summary.totalSteps} (epoch ${real(summary.epoch)})`],
    ['time', `${formatClock(summary.elapsedSeconds)}, begun ${dateMinute(summary.startedAt)}`],
    ...(summary.best === null
      ? []
      : [
          [
            'kept',
            `the weights of step ${summary.best.step}: best ${summary.best.name}, ${metricText(summary.best.name, summary.best.value)}`,
          ],
        ]),
    ...(notes.tags.length === 0 ? [] : [['tags', notes.tags.join(', ')]]),
    ...(notes.note === '' ? [] : [['note', notes.note]]),
    ['folder', run.folder],
  ];
  const parts = [facts.map(([name = '', value]) => `${name.padEnd(9)} ${plainInLine(value ?? '')}\n`).join('')];
  parts.push(countsTable([{ methods: record.methods, counts: record.counts }]), countDetails(record.counts));
  parts.push(...evaluationTable(events), ...notesAndEnd(events));
  return parts.join('\n');
}

/** What computed the run where that is settled, else what was asked for: `onnx on cpu, int8`. */
function engineText({ record, folder }: RunEntry): string {
  const { executor = record.executor, device = record.device, backbone } = readEngineChoice(folder);
  return `${executor} on ${device}${backbone === undefined ? '' : `, ${backbone}`}`;
}

function evaluationTable(events: readonly JournalEvent[]): string[] {
  const evaluations = events.filter((event) => event.type === 'evaluation');
  if (evaluations.length === 0) return [];
  const all = new Set(evaluations.flatMap((evaluation) => Object.keys(evaluation.metrics)));
  const names = [...all].slice(0, mostMetrics);
  const rows = evaluations.map(({ step, epoch, split, metrics }) => [
    String(step),
    real(epoch),
    split,
    ...names.map((name) => metricText(name, metrics[name])),
  ]);
  const more = all.size - names.length;
  return [
    table(['step', 'epoch', 'split', ...names], rows),
    ...(more > 0 ? [`and ${counted(more, 'more metric')}\n`] : []),
  ];
}

function notesAndEnd(events: readonly JournalEvent[]): string[] {
  const notes = events.flatMap((event) => {
    if (event.type === 'note') return [`${event.message}\n`];
    return event.type === 'warning' ? [`warning: ${event.message}\n`] : [];
  });
  const end = events.findLast((event) => event.type === 'end');
  const lastWords = (end?.stderrTail ?? []).map((line) => `  | ${line}\n`);
  return [...notes, ...lastWords].length === 0 ? [] : [[...notes, ...lastWords].join('')];
}
