import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  adaptersFormat,
  type ExportFormat,
  exportFormats,
  type GgufDtype,
  ggufDtypes,
} from '../../../contract/exportFormat.ts';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { openReport } from '../../output/progressView.ts';
import { type ScaleOption, scaleOption } from '../../scaleOption.ts';

interface ExportOptions extends RunsOption, OtherBaseOption, ScaleOption {
  readonly format: ExportFormat | typeof adaptersFormat;
  readonly out: string;
  readonly dtype?: GgufDtype;
  readonly onto?: string;
}

/** How the matrices of a GGUF file are written. */
export const dtypeOption = (): Option =>
  new Option('--dtype <dtype>', `of a GGUF file’s matrices (default: ${ggufDtypes[0]})`).choices(ggufDtypes);

export function registerExport(program: Command, cli: Cli): void {
  program
    .command('export <run...>')
    .summary('write a tuned model for other programs')
    .description('Writes the tuned model and reloads it, comparing its logits, before it says done.')
    .addOption(
      new Option(
        '--format <format>',
        'peft: adapter folder; merged: Hugging Face model folder; onnx: one file, any union; gguf: one file for llama.cpp; native: manifest + safetensors; onnx-adapters: several runs on one base as one ONNX model and a small file for each',
      )
        .choices([...exportFormats, adaptersFormat])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'folder to write into')
    .addOption(dtypeOption())
    .option('--onto <file>', 'GGUF file of the base, quantised or not; the tuned tensors are replaced in a copy of it')
    .option(...scaleOption)
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (names: readonly string[], options: ExportOptions) => {
        checkOptions(names, options);
        const store = storeOf(options, defaultRunsFolder);
        const folders = names.map((name) => store.resolve(name));
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const { format } = options;
        const out = path.resolve(options.out);
        const exported =
          format === adaptersFormat
            ? operations.exportAdapterRuns(folders, out, progress.report, options)
            : operations.export(folders[0]!, format, out, progress.report, options);
        const { files, verified } = await exported.finally(() => progress.close());
        cli.print(files.map((file) => `${file}\n`).join(''));
        cli.note(`${verified}\n`);
        return 0;
      }),
    );
}

/** @throws UserError for what does not go with the format */
function checkOptions(names: readonly string[], { format, dtype, onto }: ExportOptions): void {
  if (names.length > 1 && format !== adaptersFormat) {
    throw new UserError(
      `export: one run goes with --format ${format}, got ${names.length}; name one, or take --format ${adaptersFormat}`,
      'usage',
    );
  }
  demandGguf(format, dtype === undefined ? onto && '--onto' : '--dtype');
  if (dtype !== undefined && onto !== undefined) {
    throw new UserError('--dtype: must not be given beside --onto, whose file keeps its types; leave one out', 'usage');
  }
}

/** @throws UserError for an option of GGUF files that is given with another format */
export function demandGguf(format: string, option: string | undefined): void {
  if (format === 'gguf' || !option) return;
  throw new UserError(`${option}: goes with --format gguf, got ${format}; leave it out`, 'usage');
}
