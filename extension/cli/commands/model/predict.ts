import type { Command } from 'commander';
import { plainInLine } from '../../../files/plainText.ts';
import type { PredictionInput } from '../../../inference/predict.ts';
import type { Prediction } from '../../../inference/predictions.ts';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { real } from '../../output/format.ts';
import { type ForceOption, forceOption, inputsOfRun, linesFile } from '../../output/outputFile.ts';
import { openReport } from '../../output/progressView.ts';
import { skippedLines } from '../../output/skippedLines.ts';
import { rowsFile } from '../../rowsFile.ts';
import { type ScaleOption, scaleOption } from '../../scaleOption.ts';

interface PredictOptions extends RunsOption, OtherBaseOption, ForceOption, ScaleOption {
  readonly text?: string;
  readonly textPair?: string;
  readonly file?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function registerPredict(program: Command, cli: Cli): void {
  program
    .command('predict <run>')
    .summary('label text with a tuned model')
    .description('Labels one text, or each row of a file, with the probabilities of the labels.')
    .option('--text <text>', 'the text')
    .option('--text-pair <text>', 'the second text of a pair')
    .option('--file <in>', 'a file of rows in the format of the config, or its hf:// address')
    .option('--out <out>', 'file that the predictions of --file are written to, as JSON lines')
    .option(...forceOption)
    .option('--json', 'a list of predictions')
    .option(...scaleOption)
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: PredictOptions) => {
        const asked = inputOf(options);
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const input =
          asked.kind === 'file'
            ? { ...asked, out: linesFile(asked.out, [asked.file, ...inputsOfRun(folder)], options) }
            : asked;
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const label = async () => {
          const file = input.kind === 'file' && { file: await rowsFile(input.file, progress.report) };
          return await operations.predict(folder, { ...input, ...file }, progress.report, options);
        };
        const { predictions, rows, skipped } = await label().finally(() => progress.close());
        if (input.kind === 'file') {
          if (skipped) cli.note(skippedLines(rows, skipped));
          cli.note(`predictions written to ${input.out}\n`);
        } else cli.print(options.json ? `${JSON.stringify(predictions)}\n` : predictions.map(describe).join(''));
        return 0;
      }),
    );
}

function inputOf({ text, textPair, file, out }: PredictOptions): PredictionInput {
  if (text !== undefined && file === undefined) {
    return { kind: 'text', text, ...(textPair === undefined ? {} : { textPair }) };
  }
  if (text === undefined && textPair === undefined && file !== undefined && out !== undefined) {
    return { kind: 'file', file, out };
  }
  throw new UserError(
    'predict: needs one input; give either --text (and --text-pair) or both --file and --out',
    'usage',
  );
}

function describe({ label, probabilities, tokens, cut }: Prediction): string {
  if (tokens !== undefined) {
    const lines = tokens.map(({ text, label, unread }) =>
      [plainInLine(text), plainInLine(label), ...(unread ? ['(not read)'] : [])].join('\t'),
    );
    return lines.map((line) => `${line}\n`).join('');
  }
  const mark = cut === undefined ? '' : `\t(cut: ${cut.read} of ${cut.of} tokens read)`;
  const shares = Object.entries(probabilities ?? {}).sort(([, a], [, b]) => b - a);
  const shown = shares.map(([name, share]) => `${plainInLine(name)} ${share.toFixed(4)}`).join('  ');
  return `${typeof label === 'number' ? real(label) : plainInLine(label ?? '')}${shown === '' ? '' : `\t${shown}`}${mark}\n`;
}
