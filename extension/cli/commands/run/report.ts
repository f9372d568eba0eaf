import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { FlipsAnswer, RunDrift, RunSnapshot } from '../../../contract/panel.ts';
import { runFiles } from '../../../contract/run.ts';
import type { SweepView } from '../../../contract/sweepView.ts';
import { readJsonFile } from '../../../files/atomicFile.ts';
import { counted } from '../../../problems/counted.ts';
import { messageOf } from '../../../problems/messageOf.ts';
import { UserError } from '../../../problems/userError.ts';
import type { RunEntry } from '../../../runs/folder/runEntry.ts';
import { readSelection } from '../../../runs/folder/selection.ts';
import { defaultRunsFolder, type RunStore } from '../../../runs/folder/store.ts';
import { isSweepIn, resolveSweep } from '../../../runs/folder/sweepFolder.ts';
import { readJournal } from '../../../runs/journal/journalReader.ts';
import { seedGroupOf } from '../../../view/seedGroup.ts';
import { emptySeries, extendSeries } from '../../../view/series.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { type ForceOption, forceOption, inputsOfRun, outputFile } from '../../output/outputFile.ts';
import type { StoredSweep } from '../../sweeps/storedSweep.ts';
import { sweepNamed } from '../../sweeps/sweepNamed.ts';

/** Pairs of a sweep whose rows a report holds: some 50 kB each. */
const mostPairs = 40;

interface ReportOptions extends RunsOption, ForceOption {
  readonly out: string;
  readonly title?: string;
  readonly view?: string;
}

export function registerReport(program: Command, cli: Cli): void {
  program
    .command('report <run-or-sweep...>')
    .summary('write an HTML report about runs and sweeps')
    .description(
      'Writes one HTML file with the dashboard of these runs in it: it needs no server and no network. Of a sweep it holds the runs of its results and rows of its data; no config’s text goes with it, and no place on this machine that the page does not show.',
    )
    .requiredOption('--out <file>', 'the HTML file to write')
    .option(...forceOption)
    .option('--title <text>', 'title of the page (default: the number of runs)')
    .addOption(new Option('--view <file>', 'the choices of the dashboard that the page opens with').hideHelp())
    .option(...runsOption)
    .action(
      cli.action(async (given: readonly string[], options: ReportOptions) => {
        const ending = path.extname(options.out).toLowerCase();
        if (['.md', '.csv', '.tsv', '.tex', '.json', '.pdf'].includes(ending)) {
          const cure = 'its tables are copied from the page, and printed by `sweep report SWEEP`';
          throw new UserError(`--out: must be an .html file, got ${options.out}; ${cure}`, 'usage');
        }
        const store = storeOf(options, defaultRunsFolder);
        const names = given.map((name) => sweepNamed(store, name) ?? name);
        const runs = (await Promise.all(names.map((name) => runsNamed(store, name)))).flat();
        const stored = await sweepsOf(store, runs, names);
        const sweeps: SweepView[] = [];
        const flips: FlipsAnswer[] = [];
        for (const sweep of stored) {
          const { viewOfSweep } = await import('../../sweeps/viewOfSweep.ts');
          // What cannot be read is told of with the rows that flip.
          const view = await viewOfSweep(sweep, true, () => {});
          sweeps.push(view);
          flips.push(...(await flipsWithin(cli, sweep, view)));
        }
        const read = runs.flatMap(({ folder }) => inputsOfRun(folder));
        const file = outputFile(options.out, read, options);
        const snapshots: RunSnapshot[] = [];
        for (const run of runs) snapshots.push(await snapshotOf(run, cli));
        const { reportHtml } = await import('../../../../webview/report/report.ts');
        const { readPageFiles } = await import('../../pageFiles.ts');
        const title = options.title ?? `PEFT Lab: ${counted(runs.length, 'run')}`;
        const choices = options.view === undefined ? undefined : readJsonFile(options.view, z.looseObject({}));
        if (choices !== undefined && choices.kind !== 'ok') {
          const found = choices.kind === 'bad' ? choices.problem : 'no file';
          throw new UserError(
            `--view ${options.view}: must be the choices that a dashboard saved, got ${found}; leave it out`,
            'usage',
          );
        }
        await writeFile(
          file,
          reportHtml(await readPageFiles(), snapshots, {
            title,
            savedAtMs: Date.now(),
            choices: choices?.value,
            sweeps,
            flips,
          }),
        );
        cli.print(`${file}\n`);
        return 0;
      }),
    );
}

/** A run, or the results of a sweep. */
async function runsNamed(store: RunStore, name: string): Promise<readonly RunEntry[]> {
  if (!isSweepIn(store.folder, name)) return [await store.read(store.resolve(name))];
  const { runs } = await store.list();
  return runs.filter(({ record }) => record.sweep?.id === name && record.sweep.stage === 'results');
}

/** The sweeps that were named, and those that runs belong to, as far as they are still there. */
async function sweepsOf(
  store: RunStore,
  runs: readonly RunEntry[],
  names: readonly string[],
): Promise<readonly StoredSweep[]> {
  const ids = new Set([...names, ...runs.flatMap(({ record }) => record.sweep?.id ?? [])]);
  const known = [...ids].filter((id) => isSweepIn(store.folder, id));
  if (known.length === 0) return [];
  const { storedSweep } = await import('../../sweeps/storedSweep.ts');
  return known.map((id) => storedSweep(store, resolveSweep(store.folder, id)));
}

/** The pairs that the verdict is about, row by row, as far as rows can be compared. */
async function flipsWithin(cli: Cli, sweep: StoredSweep, { id, verdicts = [] }: SweepView): Promise<FlipsAnswer[]> {
  const { askSweep, flipsIn } = await import('../../sweeps/sweepFlips.ts');
  const { hasRightRows } = await import('../../../metrics/registry.ts');
  const flipsOf = flipsIn(cli, await askSweep(cli, sweep));
  const pairs = new Map(
    verdicts
      .filter(({ metric }) => hasRightRows(metric))
      .flatMap(({ pairs }) => pairs.map(({ first, second }) => [`${first}\n${second}`, { first, second }])),
  );
  const answers: FlipsAnswer[] = [];
  for (const { first, second } of [...pairs.values()].slice(0, mostPairs)) {
    try {
      answers.push({ sweep: id, first, second, flips: [...(await flipsOf(first, second))] });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      answers.push({ sweep: id, first, second, flips: [], problem: error.message });
    }
  }
  return answers;
}

/** What the dashboard shows of a run, its whole curves included. */
async function snapshotOf(
  { folder, record, state, message, summary, notes }: RunEntry,
  cli: Cli,
): Promise<RunSnapshot> {
  const { describeRun } = await import('../../../config/editor/describeRun.ts');
  const { worldOf } = await import('../../../data/world.ts');
  const facts = await worldOf(record.baseFolder).model(record.model, record.config.revision ?? null);
  const dimensions = facts.kind === 'known' ? facts.dimensions : undefined;
  const { changed, tensors } = describeRun(record, dimensions, readSelection(folder));
  const { events } = await readJournal(path.join(folder, runFiles.journal));
  return {
    record,
    state,
    message,
    summary,
    notes,
    queuePosition: null,
    ...(await driftOf(folder, cli)),
    changed: [...changed],
    seedGroup: seedGroupOf(record),
    tensors: [...tensors],
    isRead: true,
    series: extendSeries(emptySeries(), events),
  };
}

/** A run whose base model is gone, or whose checkpoint is damaged, has curves and scores all the same. */
async function driftOf(folder: string, cli: Cli): Promise<RunDrift> {
  try {
    return { drift: [...(await (await cli.loadOperations()).drift(folder))] };
  } catch (error) {
    const driftProblem = messageOf(error);
    cli.note(`${path.basename(folder)}: written without the change of its tensors; ${driftProblem}\n`);
    return { drift: [], driftProblem };
  }
}
