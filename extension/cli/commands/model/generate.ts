import path from 'node:path';
import type { Command } from 'commander';
import {
  type EndReason,
  type WritingName,
  type WritingSettings,
  writingNames,
  writingNumbers,
} from '../../../contract/writing.ts';
import type { GenerationInput, GenerationResult } from '../../../inference/generation/generate.ts';
import type { Writer } from '../../../inference/generation/openGenerator.ts';
import type { WritingOptions } from '../../../inference/generation/textGenerator.ts';
import { counted } from '../../../problems/counted.ts';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import {
  type Cli,
  type OtherBaseOption,
  otherBaseOption,
  type RunsOption,
  repeatable,
  runsOption,
  storeOf,
} from '../../cli.ts';
import { numberOf } from '../../numberOption.ts';
import { real } from '../../output/format.ts';
import { type ForceOption, filesOfModel, forceOption, inputsOfRun, linesFile } from '../../output/outputFile.ts';
import { openReport } from '../../output/progressView.ts';
import { skippedLines } from '../../output/skippedLines.ts';
import { rowsFile } from '../../rowsFile.ts';

interface GenerateOptions extends RunsOption, OtherBaseOption, ForceOption, Readonly<Record<WritingName, string>> {
  readonly model?: string;
  readonly prompt?: string;
  readonly messages?: string;
  readonly file?: string;
  readonly column?: string;
  readonly out?: string;
  readonly stop?: readonly string[];
  readonly base?: boolean;
  readonly batch: string;
  readonly threads?: string;
  readonly json?: boolean;
}

export function registerGenerate(program: Command, cli: Cli): void {
  const command = program
    .command('generate [run]')
    .summary('write text with a tuned language model')
    .description(
      'Writes on a prompt, or on each row of a file, with a tuned language model or, by --model, with any other. The ' +
        'likeliest token is taken at each step unless a temperature is given.',
    )
    .option('--model <model>', 'a model folder or hub id in place of a run')
    .option('--prompt <text>', 'the text to write on')
    .option('--messages <file>', "a conversation to answer, as JSON; the model's chat template is applied")
    .option('--file <in>', 'a file of rows with prompts, or its hf:// address')
    .option('--column <name>', "the column of the prompts, or messages, in --file (default: the config's, or prompt)")
    .option('--out <out>', 'file that the answers of --file are written to, as JSON lines')
    .option(...forceOption)
    .option('--base', "the run's base model as well, for comparison");
  for (const name of writingNames) {
    const { symbol, description, initial } = writingNumbers[name];
    command.option(`${optionOf(name)} <${symbol}>`, description, String(initial));
  }
  command
    .option('--stop <text>', 'end before this text; \\n is a line break (repeatable)', repeatable)
    .option('--batch <n>', 'rows of --file written at a time', '8')
    .option('--threads <n>', 'threads of the processor (default: one for each core)')
    .option('--json', 'one object for each text')
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string | undefined, options: GenerateOptions) => {
        const settings = writingOptions(options);
        const batch = numberOf('--batch', options.batch, { from: 1, isWhole: true });
        const threads =
          options.threads === undefined
            ? undefined
            : numberOf('--threads', options.threads, { from: 1, isWhole: true });
        const asked = inputOf(options);
        const writers = writersOf(name, options);
        const [writer] = writers as readonly [Writer, ...Writer[]];
        const read = writer.kind === 'model' ? filesOfModel(path.resolve(writer.model)) : inputsOfRun(writer.run);
        const input =
          asked.kind === 'file' ? { ...asked, out: linesFile(asked.out, [asked.file, ...read], options) } : asked;
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const isStreamed = input.kind !== 'file' && !options.json;
        let current = -1;
        const onText = (writer: number, piece: string) => {
          if (writer !== current && writers.length > 1) {
            cli.print(`${current < 0 ? '' : '\n'}${titles[writers[writer]!.kind]}:\n`);
          }
          current = writer;
          cli.print(piece);
        };
        const { allowOtherBase } = options;
        const request = { writers, options: settings, batch, threads, allowOtherBase, ...(isStreamed && { onText }) };
        const write = async () => {
          const file = input.kind === 'file' && { file: await rowsFile(input.file, progress.report) };
          return await operations.generate({ ...request, input: { ...input, ...file } }, progress.report);
        };
        const result = await write().finally(() => progress.close());
        if (input.kind === 'file') {
          if (result.skipped) cli.note(skippedLines(result.rows, result.skipped));
          cli.note(`${counted(result.rows, 'text')} written to ${input.out}\n`);
        } else if (options.json) {
          for (const [place, written] of result.written.entries()) {
            cli.print(`${JSON.stringify({ by: titles[writers[place]!.kind], ...written })}\n`);
          }
        } else {
          cli.print('\n');
          cli.note(result.written.map((written, place) => summary(titles[writers[place]!.kind], written)).join(''));
        }
        return 0;
      }),
    );
}

const titles: Readonly<Record<Writer['kind'], string>> = { run: 'tuned', base: 'base', model: 'model' };

const reasons: Readonly<Record<EndReason, string>> = {
  end: 'ended by the model',
  stop: 'ended before a stop text',
  length: 'cut at --max-tokens or the length of the model',
  stopped: 'stopped',
};

const summary = (title: string, { tokens, seconds, reason }: GenerationResult['written'][number]): string =>
  `${title}: ${counted(tokens, 'token')} in ${real(seconds)} s, ${reasons[reason]}\n`;

function inputOf({ prompt, messages, file, out, column }: GenerateOptions): GenerationInput {
  const [given, ...others] = namesOf({ '--prompt': prompt, '--messages': messages, '--file': file });
  const [ofFiles] = namesOf({ '--out': out, '--column': column });
  const refuse = (message: string): never => {
    throw new UserError(message, 'usage');
  };
  if (given === undefined) {
    refuse('generate: needs a text to go on from, got none; give --prompt, --messages, or both --file and --out');
  }
  if (others.length > 0) {
    refuse(`generate: needs one text to go on from, got ${[given, ...others].join(' and ')}; leave all but one out`);
  }
  if (file === undefined && ofFiles !== undefined) {
    refuse(`${ofFiles}: needs --file, whose answers or prompts it is about, got ${given}; leave it out`);
  }
  if (file !== undefined && out === undefined) {
    refuse('--file: needs a file for the answers, got none; add --out FILE');
  }
  if (prompt !== undefined) return { kind: 'prompt', prompt };
  if (messages !== undefined) return { kind: 'messages', file: path.resolve(messages) };
  return { kind: 'file', file: file!, out: out!, column };
}

/** Options that were given. */
const namesOf = (options: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.keys(options).filter((name) => options[name] !== undefined);

function writersOf(name: string | undefined, options: GenerateOptions): readonly Writer[] {
  const { model, base } = options;
  if ((name === undefined) === (model === undefined)) {
    throw new UserError('generate: needs one model; give either a run or --model FOLDER', 'usage');
  }
  if (name === undefined) {
    if (base) throw new UserError('--base: needs a run, whose base model it is; leave it out with --model', 'usage');
    return [{ kind: 'model', model: model! }];
  }
  const run = storeOf(options, defaultRunsFolder).resolve(name);
  return [{ kind: 'run', run }, ...(base ? [{ kind: 'base', run } as const] : [])];
}

/** `--max-tokens` */
const optionOf = (name: WritingName): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function writingOptions(options: GenerateOptions): WritingOptions {
  const numbers = writingNames.map((name) => [name, numberOf(optionOf(name), options[name], writingNumbers[name])]);
  const settings = {
    ...(Object.fromEntries(numbers) as WritingSettings),
    stops: (options.stop ?? []).map((text) => text.replaceAll('\\n', '\n').replaceAll('\\t', '\t')),
  };
  if (settings.stops.includes('')) throw new UserError('--stop: must not be empty; leave it out', 'usage');
  const filter = settings.topK > 0 ? '--top-k' : settings.topP < 1 ? '--top-p' : undefined;
  if (filter !== undefined && settings.temperature === 0) {
    throw new UserError(
      `${filter}: needs a temperature above 0, at which tokens are drawn; add --temperature 0.8`,
      'usage',
    );
  }
  return settings;
}
