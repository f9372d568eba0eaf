import path from 'node:path';
import type { Command } from 'commander';
import { cutText } from '../../data/rows/cutRows.ts';
import type { EvaluationReport } from '../../inference/evaluateRun.ts';
import { defaultRunsFolder } from '../../runs/folder/store.ts';
import { formatCount } from '../../view/figures.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../cli.ts';
import { real, table } from '../format.ts';
import { openReport } from '../progressView.ts';
import { skippedLines } from '../skippedLines.ts';

interface EvaluateOptions extends RunsOption, OtherBaseOption {
  readonly data: string;
  readonly json?: boolean;
}

export function registerEvaluate(program: Command, cli: Cli): void {
  program
    .command('evaluate <run>')
    .summary('judge a tuned model on a data file')
    .description('Metrics of a run on a data file, the confusion matrix, and a file of the rows it got wrong.')
    .requiredOption('--data <file>', 'rows in the format of the config')
    .option('--json', 'one object')
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: EvaluateOptions) => {
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const report = await operations
          .evaluate(folder, path.resolve(options.data), progress.report, options)
          .finally(() => progress.close());
        if (report.skipped) cli.note(skippedLines(report.rows, report.skipped));
        cli.print(options.json ? `${JSON.stringify(report)}\n` : describe(report));
        return 0;
      }),
    );
}

function describe(report: EvaluationReport): string {
  const metrics = Object.entries(report.metrics).map(([name, value]) => [name, real(value)]);
  const parts = [
    `${formatCount(report.rows)} rows in ${real(report.seconds)} s\n`,
    table(['metric', 'value'], metrics),
  ];
  if (report.confusion !== undefined) {
    const rows = report.confusion.map((row, index) => [report.labels[index] ?? String(index), ...row.map(formatCount)]);
    parts.push(table(['true ↓  predicted →', ...report.labels], rows));
  }
  const cut = report.cut && cutText(report.cut, report.cut.maxLength, report.cut.judgesWords);
  if (cut !== undefined) parts.push(`${cut}\n`);
  if (report.misclassifiedFile !== undefined) parts.push(`rows got wrong: ${report.misclassifiedFile}\n`);
  return parts.join('\n');
}
