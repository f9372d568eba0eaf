import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { RunSnapshot } from '../../contract/panel.ts';
import { runFiles } from '../../contract/run.ts';
import { readJsonFile } from '../../files/atomicFile.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { defaultRunsFolder } from '../../runs/folder/store.ts';
import { readJournal } from '../../runs/journal/journalReader.ts';
import { seedGroupOf } from '../../view/seedGroup.ts';
import { emptySeries, extendSeries } from '../../view/series.ts';
import { type Cli, type RunsOption, runsOption, storeOf, UsageError } from '../cli.ts';
import { type ForceOption, forceOption, inputsOfRun, outputFile } from '../outputFile.ts';
import { openReport } from '../progressView.ts';

interface ReportOptions extends RunsOption, ForceOption {
  readonly out: string;
  readonly title?: string;
  readonly view?: string;
}

export function registerReport(program: Command, cli: Cli): void {
  program
    .command('report <run...>')
    .summary('write an HTML report about runs')
    .description('Writes one HTML file with the dashboard of these runs in it: it needs no server and no network.')
    .requiredOption('--out <file>', 'the HTML file to write')
    .option(...forceOption)
    .option('--title <text>', 'title of the page (default: the number of runs)')
    .addOption(new Option('--view <file>', 'the choices of the dashboard that the page opens with').hideHelp())
    .option(...runsOption)
    .action(
      cli.action(async (names: readonly string[], options: ReportOptions) => {
        const store = storeOf(options, defaultRunsFolder);
        const runs = await Promise.all(names.map((name) => store.read(store.resolve(name))));
        const read = runs.flatMap(({ folder }) => inputsOfRun(folder));
        const file = outputFile(options.out, read, options);
        const progress = openReport(cli.stderr);
        const snapshots: RunSnapshot[] = [];
        try {
          for (const run of runs) snapshots.push(await snapshotOf(run, cli, progress.report));
        } finally {
          progress.close();
        }
        const { reportHtml } = await import('../../../webview/report/report.ts');
        const { readPageFiles } = await import('../pageFiles.ts');
        const title = options.title ?? `PEFT Lab: ${runs.length === 1 ? '1 run' : `${runs.length} runs`}`;
        const choices = options.view === undefined ? undefined : readJsonFile(options.view, z.looseObject({}));
        if (choices !== undefined && choices.kind !== 'ok') {
          const found = choices.kind === 'bad' ? choices.problem : 'no file';
          throw new UsageError(`--view ${options.view}: must be the choices that a dashboard saved, got ${found}`);
        }
        await writeFile(
          file,
          reportHtml(await readPageFiles(), snapshots, { title, savedAtMs: Date.now(), choices: choices?.value }),
        );
        cli.print(`${file}\n`);
        return 0;
      }),
    );
}

/** What the dashboard shows of a run, its whole curves included. */
async function snapshotOf(
  { folder, record, state, summary, notes }: RunEntry,
  cli: Cli,
  report: ReturnType<typeof openReport>['report'],
): Promise<RunSnapshot> {
  const { describeRun } = await import('../../config/editor/describeRun.ts');
  const { worldOf } = await import('../../data/world.ts');
  const { revision } = record.config;
  const facts = await worldOf(record.baseFolder).model(record.model, typeof revision === 'string' ? revision : null);
  const { changed, tensors } = describeRun(record, facts.kind === 'known' ? facts.dimensions : undefined);
  const { events } = await readJournal(path.join(folder, runFiles.journal));
  const operations = await cli.loadOperations();
  return {
    record,
    state,
    summary,
    notes,
    queuePosition: null,
    drift: [...(await operations.drift(folder, report))],
    changed: [...changed],
    seedGroup: seedGroupOf(record),
    tensors: [...tensors],
    isRead: true,
    series: extendSeries(emptySeries(), events),
  };
}
