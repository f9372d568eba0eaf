import type { Command } from 'commander';
import { plainInLine } from '../../../files/plainText.ts';
import type { RunEntry } from '../../../runs/folder/runEntry.ts';
import { queuedElsewhere } from '../../../runs/folder/state.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { formatClock } from '../../../view/figures.ts';
import { judgingMetrics } from '../../../view/keptValue.ts';
import { dateMinute } from '../../../view/moment.ts';
import { type Cli, commandIn, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { metricText, table } from '../../output/format.ts';
import { labelsOf } from '../../variants.ts';

export function registerRuns(program: Command, cli: Cli): void {
  program
    .command('runs')
    .summary('list the runs')
    .option('--json', 'a list of {id, state, config, methods, metrics, startedAt, …}')
    .option(...runsOption)
    .action(
      cli.action(async (options: RunsOption & { readonly json?: boolean }) => {
        const store = storeOf(options, defaultRunsFolder);
        const { runs, unreadable } = await store.list();
        for (const { folder, problem } of unreadable) cli.note(`${plainInLine(`${folder}: ${problem}`)}\n`);
        if (options.json) cli.print(`${JSON.stringify(runs.map(runJson))}\n`);
        else if (runs.length === 0) cli.note(`no runs in ${store.folder}\n`);
        else cli.print(runsTable(runs));
        cli.note(queueNote(runs, store.folder));
        return 0;
      }),
    );
}

/** What a person does about runs that wait for nobody. */
function queueNote(runs: readonly RunEntry[], folder: string): string {
  const count = (matches: (run: RunEntry) => boolean): number => runs.filter(matches).length;
  const waiting = count(({ state }) => state === 'queued');
  const elsewhere = count(({ message }) => message === queuedElsewhere);
  const standing = waiting > 0 && count(({ state }) => state === 'running') === 0;
  return [
    ...(standing
      ? [`${waiting} queued and none running; start them with \`${commandIn(folder, 'queue --start')}\`\n`]
      : []),
    ...(elsewhere > 0
      ? [`${elsewhere} queued elsewhere; start one with \`${commandIn(folder, 'resume RUN')}\`\n`]
      : []),
  ].join('');
}

/** One run as `runs --json` and `show --json` tell it. */
export function runJson(run: RunEntry) {
  const { record, summary, notes } = run;
  return {
    id: run.id,
    folder: run.folder,
    state: run.state,
    message: run.message,
    methods: record.methods,
    task: record.task,
    model: record.model,
    seed: record.seed,
    executor: record.executor,
    device: summary.device ?? record.device,
    metrics: summary.metrics,
    metricsStep: summary.metricsStep,
    last: summary.last,
    best: summary.best,
    loss: summary.loss,
    step: summary.step,
    totalSteps: summary.totalSteps,
    epoch: summary.epoch,
    createdAt: record.createdAt,
    startedAt: summary.startedAt,
    endedAt: summary.endedAt,
    elapsedSeconds: summary.elapsedSeconds,
    tokensPerSecond: summary.tokensPerSecond,
    memoryPeakBytes: summary.memoryPeakBytes,
    counts: record.counts,
    name: notes.name,
    tags: notes.tags,
    configPath: record.configPath,
    config: record.config,
  };
}

const mostMetrics = 4;

/** What the runs are judged by, and other metrics while there is room. */
function shownMetrics(runs: readonly RunEntry[]): readonly string[] {
  const first = judgingMetrics(runs);
  const all = runs.flatMap((run) => Object.keys(run.summary.metrics));
  return [...new Set([...first, ...all])].slice(0, Math.max(mostMetrics, first.length));
}

/** @param labels what each run is called. Default: its methods, with what tells them from others of the same methods */
export function runsTable(
  runs: readonly RunEntry[],
  labels: readonly string[] = labelsOf(runs.map(({ record }) => record)),
): string {
  const names = shownMetrics(runs);
  return table(
    ['run', 'state', 'methods', 'seed', 'step', ...names, 'at step', 'time', 'started'],
    runs.map(({ id, state, record, summary, notes }, index) => [
      notes.name === '' ? id : `${id} (${notes.name})`,
      state,
      labels[index]!,
      String(record.seed),
      summary.totalSteps === 0 ? '–' : `${summary.step}/${summary.totalSteps}`,
      ...names.map((name) => metricText(name, summary.metrics[name])),
      summary.metricsStep === null ? '–' : String(summary.metricsStep),
      formatClock(summary.elapsedSeconds),
      dateMinute(summary.startedAt),
    ]),
  );
}
