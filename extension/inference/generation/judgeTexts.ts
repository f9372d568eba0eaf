import type { ReportProgress } from '../../contract/reportProgress.ts';
import { BadRows } from '../../data/formats/bytes/badRows.ts';
import { columnsOf } from '../../data/rows/splitIndex.ts';
import { rowsOf, splitLike } from '../../data/rows/splits.ts';
import { type MetricValues, measure } from '../../metrics/registry.ts';
import { textNotes } from '../../metrics/textNotes.ts';
import { UserError } from '../../problems/userError.ts';
import { readRunRecord } from '../../runs/folder/store.ts';
import { badRow } from '../../tasks/rows/dataError.ts';
import { type Prompt, promptIds, rowQuestion } from '../../tasks/rows/prompt.ts';
import { columnNames } from '../../tasks/rows/row.ts';
import type { BaseOptions } from '../../training/prepare/runBase.ts';
import { configOf } from '../../training/prepare/runConfig.ts';
import { withoutSettings } from '../fileRows.ts';
import { type KeptList, RowList } from '../rowList.ts';
import { rowListFile } from '../rowListFile.ts';
import { openGenerator } from './openGenerator.ts';
import type { TextGenerator, WritingOptions, WritingRow } from './textGenerator.ts';

/**
 * Texts of a run's model for the prompts of a file, judged by the completions there. In the list: each prompt, what was written and
 * what would be right.
 */
interface TextReport extends KeptList {
  /** Texts that were written: one for each different prompt. */
  readonly texts: number;
  readonly metrics: MetricValues;
  /** Which metrics tell nothing of these references, and why. */
  readonly notes: readonly string[];
}

interface JudgingRequest extends BaseOptions {
  readonly options: WritingOptions;
  /** Texts that are written at a time. */
  readonly batch: number;
}

/**
 * Lets a run's model write on each prompt of a file laid out as the config's own. Rows with the same prompt are one
 * question with several right answers.
 * @throws UserError for a run whose rows have no prompts · DataError
 */
export async function judgeTexts(
  runFolder: string,
  dataFile: string,
  report: ReportProgress,
  { options, batch, allowOtherBase }: JudgingRequest,
): Promise<TextReport> {
  const source = sourceOf(runFolder, dataFile);
  const generator = await openGenerator({ kind: 'run', run: runFolder }, report, {
    allowOtherBase,
    expectedSteps: Number.POSITIVE_INFINITY,
  });
  const lines = new RowList(rowListFile(runFolder, 'written', dataFile, source.baseFolder));
  try {
    const questions = await questionsIn(source, generator).catch((error: unknown) => {
      throw withoutSettings(error, source.split, source.columns);
    });
    const texts = questions.map(() => '');
    let done = 0;
    const rows = questions.map(
      ({ prompt, ids }, row): WritingRow => ({
        row,
        prompt: ids,
        isAnswer: typeof prompt !== 'string',
        onEnd: ({ text }) => {
          texts[row] = text.trim();
          report('generating', ++done, questions.length, 'texts');
        },
      }),
    );
    // The longest first: what ends last then is short.
    rows.sort((a, b) => b.prompt.length - a.prompt.length || a.row - b.row);
    await generator.write(rows, options, batch);
    const judged = questions.map(({ references }, row) => ({ text: texts[row]!, references }));
    for (const [row, { text, references }] of judged.entries()) {
      await lines.write({ prompt: questions[row]!.prompt, text, references });
    }
    const found = { texts: questions.length, metrics: measure('texts', judged), notes: textNotes(judged) };
    return { ...found, ...(await lines.finish()) };
  } catch (error) {
    await lines.discard();
    throw error;
  } finally {
    await generator.close();
  }
}

interface TextQuestion {
  readonly prompt: Prompt;
  readonly ids: readonly number[];
  readonly references: string[];
}

/** Where the questions stand. @throws UserError for a run that did not learn to answer */
function sourceOf(runFolder: string, dataFile: string) {
  const record = readRunRecord(runFolder);
  const { config } = configOf(record);
  const split = splitLike(config, record.baseFolder, dataFile);
  const columns = columnsOf(split);
  if (columns.messages === undefined && (columns.prompt === undefined || columns.completion === undefined)) {
    throw new UserError(
      `${runFolder}: must be a run with prompts and completions to write, got ${config.task}; leave out --generate`,
    );
  }
  return { dataFile, split, columns, baseFolder: record.baseFolder, onBadRow: config.data.on_bad_row };
}

async function questionsIn(
  { dataFile, split, columns, baseFolder, onBadRow }: ReturnType<typeof sourceOf>,
  generator: TextGenerator,
): Promise<readonly TextQuestion[]> {
  const { tokenizer } = generator;
  const found = new Map<string, TextQuestion>();
  const badRows = new BadRows(onBadRow);
  for await (const row of rowsOf(split, baseFolder, columnNames(columns), badRows)) {
    try {
      const { prompt, answer } = rowQuestion(row, columns, tokenizer);
      const ids = promptIds(row, prompt, tokenizer);
      const key = ids.join();
      let question = found.get(key);
      if (question === undefined) {
        const problem = generator.problemOf(ids);
        if (problem) throw badRow(row, problem.rule, problem.cure);
        question = { prompt, ids, references: [] };
        found.set(key, question);
      }
      question.references.push(answer.trim());
    } catch (error) {
      badRows.handle(error);
    }
  }
  if (found.size === 0) throw new UserError(`${dataFile}: must have at least one usable row, got none; add rows`);
  return [...found.values()];
}
