import type { ReportProgress } from '../../contract/reportProgress.ts';
import type { WriterFacts } from '../../contract/serve.ts';
import { BadRows } from '../../data/formats/bytes/badRows.ts';
import { tokenText } from '../../data/rows/rowTokens.ts';
import { columnsOf } from '../../data/rows/splitIndex.ts';
import { rowsOf } from '../../data/rows/splits.ts';
import { UserError } from '../../problems/userError.ts';
import { readRunRecord } from '../../runs/folder/store.ts';
import { asTrained, type Prompt, promptIds, rowPrompt } from '../../tasks/rows/prompt.ts';
import { type Columns, columnNames, optionalTextCell, type Row } from '../../tasks/rows/row.ts';
import type { Tokenizer } from '../../tasks/rows/tokenizer.ts';
import { configOf } from '../../training/prepare/runConfig.ts';
import { openGenerator, type Writer } from './openGenerator.ts';
import { columnsLearned, typedMessages } from './prompt.ts';
import type { TextGenerator, WritingOptions, Written } from './textGenerator.ts';

/** Who hears of a text while it is written, and who may stop it. */
interface Listening {
  /** Is told the prompt as the model reads it, token by token. */
  readonly onRead?: ((tokens: readonly string[]) => void) | undefined;
  readonly onText?: ((piece: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TimedWritten extends Written {
  readonly seconds: number;
}

/** Writes on one prompt. @throws UserError · DataError for a prompt that cannot be read */
export async function writeOn(
  generator: TextGenerator,
  prompt: Prompt,
  options: WritingOptions,
  { onRead, onText, signal }: Listening = {},
): Promise<TimedWritten> {
  const started = performance.now();
  const { tokenizer } = generator;
  const ids = promptIds(typedMessages, prompt, tokenizer);
  const problem = generator.problemOf(ids);
  if (problem) throw new UserError(`${problem.rule}; ${problem.cure}`);
  onRead?.(ids.map((id) => tokenText(tokenizer, id)));
  // Stopped before its first token, it has none.
  let written: Written = { text: '', tokens: 0, promptTokens: ids.length, reason: 'stopped' };
  const onEnd = (found: Written): void => {
    written = found;
  };
  await generator.write(
    [{ row: 0, prompt: ids, isAnswer: typeof prompt !== 'string', onText, onEnd }],
    options,
    1,
    signal,
  );
  return { ...written, seconds: (performance.now() - started) / 1000 };
}

/** A model that stays open and writes on one prompt after another, each read as in its training. */
export interface PromptWriter {
  readonly facts: WriterFacts;
  /** Of the tuned weights, where it is known. */
  readonly step?: number | undefined;
  write(prompt: Prompt, options: WritingOptions, listening?: Listening): Promise<TimedWritten>;
  close(): Promise<void>;
}

/** @throws UserError where the run has no tuned weights, or its model writes no text */
export async function openPromptWriter(
  writer: Exclude<Writer, { kind: 'model' }>,
  report: ReportProgress,
  options: Parameters<typeof openGenerator>[2] = {},
): Promise<PromptWriter> {
  const columns = columnsLearned(writer);
  const generator = await openGenerator(writer, report, options);
  const { tokenizer } = generator;
  return {
    facts: { forms: formsOf(columns, tokenizer), examples: await examplesOf(writer.run, tokenizer) },
    step: generator.step,
    write: (prompt, settings, listening) =>
      writeOn(generator, asTrained(prompt, columns, tokenizer), settings, listening),
    close: () => generator.close(),
  };
}

/** A model that learned whole texts answers conversations too, where it has a template for them. */
function formsOf(columns: Columns, tokenizer: Pick<Tokenizer, 'chatTemplate'>): WriterFacts['forms'] {
  if (typeof asTrained('', columns, tokenizer) !== 'string') return ['conversation'];
  return columns.prompt === undefined && tokenizer.chatTemplate !== undefined ? ['text', 'conversation'] : ['text'];
}

const mostExamples = 20;
/** So many words of a text begin it. */
const beginningWords = 8;

/** Prompts of validation rows, else of training rows; none where their file is gone. */
async function examplesOf(runFolder: string, tokenizer: Tokenizer): Promise<string[]> {
  const record = readRunRecord(runFolder);
  const { data } = configOf(record).config;
  const split = data.validation ?? data.train;
  const columns = columnsOf(split);
  const examples = new Set<string>();
  try {
    const badRows = new BadRows('skip');
    for await (const row of rowsOf(split, record.baseFolder, columnNames(columns), badRows)) {
      try {
        examples.add(exampleIn(row, columns, tokenizer));
      } catch (error) {
        badRows.handle(error);
      }
      if (examples.size >= mostExamples) break;
    }
  } catch {
    // They are an offer: a person can write without them.
  }
  examples.delete('');
  return [...examples];
}

function exampleIn(row: Row, columns: Columns, tokenizer: Tokenizer): string {
  if (columns.text !== undefined) {
    return optionalTextCell(row, columns.text).split(/\s+/).slice(0, beginningWords).join(' ');
  }
  const prompt = rowPrompt(row, columns, tokenizer);
  const asked = typeof prompt === 'string' ? prompt : prompt.find(({ role }) => role === 'user')?.content;
  return typeof asked === 'string' ? asked : '';
}
