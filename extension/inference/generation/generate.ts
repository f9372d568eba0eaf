import type { ResolvedSplit } from '../../config/resolved/resolve.ts';
import { formatOfFile } from '../../config/schema/dataFormat.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import type { SkippedRows } from '../../data/formats/bytes/badRows.ts';
import { columnsOf } from '../../data/rows/splitIndex.ts';
import { splitLike } from '../../data/rows/splits.ts';
import { readRunRecord } from '../../runs/folder/store.ts';
import { messagesIn } from '../../tasks/rows/conversation.ts';
import { badRow } from '../../tasks/rows/dataError.ts';
import { asTrained, type Prompt, promptIds, rowPrompt } from '../../tasks/rows/prompt.ts';
import { type Columns, type Row, textCell } from '../../tasks/rows/row.ts';
import type { Tokenizer } from '../../tasks/rows/tokenizer.ts';
import type { BaseOptions } from '../../training/prepare/runBase.ts';
import { configOf } from '../../training/prepare/runConfig.ts';
import { chunkSize } from '../chunks.ts';
import { computeRows } from '../fileRows.ts';
import { JsonLinesFile } from '../jsonLinesFile.ts';
import { skippedOf } from '../predict.ts';
import { openGenerator, type Writer } from './openGenerator.ts';
import { columnsLearned, readMessages } from './prompt.ts';
import { type TimedWritten, writeOn } from './promptWriter.ts';
import type { TextGenerator, WritingOptions, Written } from './textGenerator.ts';

/** The prompts to continue. */
export type GenerationInput =
  | { readonly kind: 'prompt'; readonly prompt: string }
  | { readonly kind: 'messages'; readonly file: string }
  /** Rows of a file; those of the answers are written to `out`. */
  | { readonly kind: 'file'; readonly file: string; readonly out: string; readonly column: string | undefined };

interface GenerationRequest extends BaseOptions {
  /** Each writes on every prompt; the first is the one that is asked, others stand beside it. */
  readonly writers: readonly Writer[];
  readonly input: GenerationInput;
  readonly options: WritingOptions;
  /** Texts that are written at a time. */
  readonly batch: number;
  readonly threads: number | undefined;
  /** Is told each piece of the texts on a single prompt, with the place of their writer. */
  readonly onText?: (writer: number, piece: string) => void;
}

/** The text of each writer for a single prompt or, for a file, the number of rows that were continued. */
export interface GenerationResult {
  /** Empty for a file. */
  readonly written: readonly TimedWritten[];
  readonly rows: number;
  readonly skipped?: SkippedRows;
}

/** Writes on one prompt, or on each row of a file. @throws UserError · DataError */
export async function generate(request: GenerationRequest, report: ReportProgress): Promise<GenerationResult> {
  const { writers, input, threads, allowOtherBase } = request;
  const generators: TextGenerator[] = [];
  try {
    for (const writer of writers) {
      // A file of rows keeps the model long enough for its weights to be laid out first.
      const expectedSteps = input.kind === 'file' ? Number.POSITIVE_INFINITY : request.options.maxTokens;
      generators.push(await openGenerator(writer, report, { allowOtherBase, threads, expectedSteps }));
    }
    if (input.kind === 'file') return await onFile(generators, input, request, report);
    const prompt = input.kind === 'prompt' ? input.prompt : await readMessages(input.file);
    return await onPrompt(generators, prompt, request);
  } finally {
    for (const generator of generators) await generator.close();
  }
}

async function onPrompt(
  generators: readonly TextGenerator[],
  prompt: Prompt,
  { writers, options, onText }: GenerationRequest,
): Promise<GenerationResult> {
  const asked = asTrained(prompt, columnsLearned(writers[0]!), generators[0]!.tokenizer);
  const written: TimedWritten[] = [];
  for (const [place, generator] of generators.entries()) {
    const listening = { onText: (piece: string) => onText?.(place, piece) };
    written.push(await writeOn(generator, asked, options, listening));
  }
  return { written, rows: 1 };
}

interface Item {
  readonly row: number;
  readonly prompt: Prompt;
  /** For each writer. */
  readonly ids: readonly (readonly number[])[];
}

async function onFile(
  generators: readonly TextGenerator[],
  { file, out, column: named }: GenerationInput & { readonly kind: 'file' },
  { writers, options, batch }: GenerationRequest,
  report: ReportProgress,
): Promise<GenerationResult> {
  const lines = new JsonLinesFile(out);
  try {
    let [count, done] = [0, 0];
    const { columns, readPrompt, ...source } = sourceOf(writers[0]!, file, named);
    const { chunks, badRows } = computeRows<Item, readonly Written[]>({
      ...source,
      columns,
      otherColumn: 'name the column with the prompts by --column',
      read(row) {
        const prompt = readPrompt(row, generators[0]!.tokenizer);
        const ids = generators.map(({ tokenizer }) => promptIds(row, prompt, tokenizer));
        const problem = generators[0]!.problemOf(ids[0]!);
        if (problem) throw badRow(row, problem.rule, problem.cure);
        return { row: count++, prompt, ids };
      },
      lengthOf: ({ ids }) => ids[0]!.length,
      // Where a text ends the next begins: the fewer ends a batch has, the fewer of its places stand empty.
      atOnce: { rows: chunkSize, tokens: Number.POSITIVE_INFINITY },
      async compute(items) {
        const found = items.map((): Written[] => []);
        for (const [writer, generator] of generators.entries()) {
          const rows = items.map(({ row, prompt, ids }, place) => ({
            row,
            prompt: ids[writer]!,
            isAnswer: typeof prompt !== 'string',
            onEnd: (written: Written) => {
              found[place]!.push(written);
              report('generating', ++done, undefined, 'texts');
            },
          }));
          await generator.write(rows, options, batch);
        }
        return found;
      },
    });
    for await (const chunk of chunks) {
      for (const row of chunk) {
        if (!('item' in row)) await lines.write(row);
        else {
          const [own, ...others] = row.result;
          const base = others.map(({ text }) => ({ base: text }))[0];
          await lines.write({ line: row.line, prompt: row.item.prompt, ...own, ...base });
        }
      }
    }
    await lines.finish();
    return { written: [], rows: count, ...skippedOf(badRows) };
  } catch (error) {
    await lines.discard();
    throw error;
  }
}

/** How a file of prompts is read: as the run's config reads its own, else by its ending, with a column `prompt`. */
function sourceOf(writer: Writer, file: string, named: string | undefined) {
  if (writer.kind !== 'model') {
    const record = readRunRecord(writer.run);
    const { config } = configOf(record);
    const { baseFolder } = record;
    const split = splitLike(config, baseFolder, file);
    const { completion: _, ...learned } = columnsOf(split);
    const source = { split, baseFolder, onBadRow: config.data.on_bad_row };
    if (named === undefined && (learned.messages ?? learned.prompt) !== undefined) {
      return {
        ...source,
        columns: learned,
        readPrompt: (row: Row, tokenizer: Tokenizer) => rowPrompt(row, learned, tokenizer),
      };
    }
    const column = named ?? learned.text ?? 'prompt';
    return { ...source, ...oneColumn(column, learned) };
  }
  const column = named ?? 'prompt';
  const none = { text: null, text_pair: null, completion: null, tokens: null, label: null, labels: null } as const;
  const split: ResolvedSplit = {
    ...none,
    ...{ file, prompt: column, delimiter: null, columns: null, encoding: 'utf-8', skip: 0, limit: null },
    format: formatOfFile(file) ?? 'jsonl',
  };
  return { split, baseFolder: process.cwd(), onBadRow: 'error' as const, ...oneColumn(column, {}) };
}

/** Prompts, or conversations, in one column, whatever else a row has. */
const oneColumn = (column: string, learned: Columns) => ({
  columns: { prompt: column } satisfies Columns,
  readPrompt: (row: Row, tokenizer: Tokenizer): Prompt =>
    asTrained(messagesIn(row.cells[column]) ?? textCell(row, column), learned, tokenizer),
});
