import type { Command } from 'commander';
import { rowsText } from '../../../data/rows/cutRows.ts';
import type { EvaluationReport } from '../../../inference/evaluateRun.ts';
import { greedy } from '../../../inference/generation/sampling.ts';
import { counted } from '../../../problems/counted.ts';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { numberOf } from '../../numberOption.ts';
import { confusionText } from '../../output/confusionText.ts';
import { metricText, real, table } from '../../output/format.ts';
import { openReport } from '../../output/progressView.ts';
import { skippedLines } from '../../output/skippedLines.ts';
import { rowsFile } from '../../rowsFile.ts';
import { type ScaleOption, scaleOption } from '../../scaleOption.ts';

interface EvaluateOptions extends RunsOption, OtherBaseOption, ScaleOption {
  readonly data: string;
  readonly generate?: boolean;
  readonly maxTokens: string;
  readonly batch: string;
  readonly json?: boolean;
}

export function registerEvaluate(program: Command, cli: Cli): void {
  program
    .command('evaluate <run>')
    .summary('judge a tuned model on a data file')
    .description('Metrics of a run on a data file, the confusion matrix, and a file of the rows it got wrong.')
    .requiredOption('--data <file>', 'rows in the format of the config, or their hf:// address')
    .option('--generate', 'also let a language model write on each prompt, and judge its texts by the completions')
    .option('--max-tokens <n>', 'with --generate: most tokens of a text', '128')
    .option('--batch <n>', 'with --generate: texts written at a time', '8')
    .option('--json', 'one object')
    .option(...scaleOption)
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: EvaluateOptions) => {
        const maxTokens = numberOf('--max-tokens', options.maxTokens, { from: 1, isWhole: true });
        const batch = numberOf('--batch', options.batch, { from: 1, isWhole: true });
        if (options.generate && options.scale !== undefined) {
          const rule = '--scale: must not stand beside --generate, which writes with the model as it was trained';
          throw new UserError(`${rule}; leave one out`, 'usage');
        }
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const { allowOtherBase } = options;
        const judge = async (): Promise<WholeReport> => {
          const data = await rowsFile(options.data, progress.report);
          const report = await operations.evaluate(folder, data, progress.report, options);
          if (!options.generate) return report;
          const request = { options: { ...greedy, maxTokens, stops: [] }, batch, allowOtherBase };
          const written = await operations.judgeTexts(folder, data, progress.report, request);
          const { metrics, texts, notes, file, problem } = written;
          const notKept = [...(report.notKept ?? []), ...(problem === undefined ? [] : [problem])];
          return {
            ...{ ...report, metrics: { ...report.metrics, ...metrics }, texts, notes },
            ...(file !== undefined && { textsFile: file }),
            ...(notKept.length > 0 && { notKept }),
          };
        };
        const report = await judge().finally(() => progress.close());
        if (report.trainedOn !== undefined) {
          const what = `the run was trained on it (${report.trainedOn}), so these scores are too good for unseen rows`;
          cli.note(`${options.data}: ${what}\n`);
        }
        if (report.skipped) cli.note(skippedLines(report.rows, report.skipped));
        for (const problem of report.notKept ?? []) cli.note(`${problem}\n`);
        cli.print(options.json ? `${JSON.stringify(report)}\n` : describe(report));
        return 0;
      }),
    );
}

/** An evaluation, with what came of the texts where some were written. */
interface WholeReport extends EvaluationReport {
  readonly texts?: number;
  readonly notes?: readonly string[];
  readonly textsFile?: string;
}

function describe(report: WholeReport): string {
  const metrics = Object.entries(report.metrics).map(([name, value]) => [name, metricText(name, value)]);
  const parts = [`${counted(report.rows, 'row')} in ${real(report.seconds)} s\n`, table(['metric', 'value'], metrics)];
  for (const note of report.notes ?? []) parts.push(`${note}\n`);
  const confusion = confusionText(report);
  if (confusion !== undefined) parts.push(confusion);
  const cut = report.cut && rowsText(report.cut, report.cut.maxLength, report.cut.judgesWords);
  if (cut !== undefined) parts.push(`${cut}\n`);
  if (report.misclassifiedFile !== undefined) parts.push(`rows got wrong: ${report.misclassifiedFile}\n`);
  if (report.textsFile !== undefined) parts.push(`${counted(report.texts!, 'text')}: ${report.textsFile}\n`);
  return parts.join('\n');
}
