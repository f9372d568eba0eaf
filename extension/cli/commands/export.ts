import path from 'node:path';
import { type Command, Option } from 'commander';
import { type ExportFormat, exportFormats } from '../../contract/exportFormat.ts';
import { defaultRunsFolder } from '../../runs/folder/store.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../cli.ts';
import { openReport } from '../progressView.ts';

interface ExportOptions extends RunsOption, OtherBaseOption {
  readonly format: ExportFormat;
  readonly out: string;
}

export function registerExport(program: Command, cli: Cli): void {
  program
    .command('export <run>')
    .summary('write a tuned model for other programs')
    .description('Writes the tuned model and reloads it, comparing its logits, before it says done.')
    .addOption(
      new Option(
        '--format <format>',
        'peft: adapter folder; merged: Hugging Face model folder; onnx: one file, any union; native: manifest + safetensors',
      )
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'folder to write into')
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: ExportOptions) => {
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const { files, verified } = await operations
          .export(folder, options.format, path.resolve(options.out), progress.report, options)
          .finally(() => progress.close());
        cli.print(files.map((file) => `${file}\n`).join(''));
        cli.note(`${verified}\n`);
        return 0;
      }),
    );
}
