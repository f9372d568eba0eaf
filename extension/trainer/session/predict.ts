import { BadRows } from '../data/badRows.ts';
import { columnNames } from '../data/row.ts';
import type { BaseOptions, Prediction, PredictionInput, ReportProgress } from '../operations.ts';
import { chunksOf, inBatches } from './chunks.ts';
import { JsonLinesFile } from './jsonLinesFile.ts';
import { answer, askRow, askText, type Question } from './predictions.ts';
import { configOf } from './runConfig.ts';
import { columnsOf } from './splitIndex.ts';
import { rowsOf, splitLike } from './splits.ts';
import { openTunedRun } from './tunedRun.ts';

/** Labels one text, or every row of a file; for a file the predictions go to `out` as lines of JSON. */
export async function predict(
  runFolder: string,
  input: PredictionInput,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<readonly Prediction[]> {
  const run = await openTunedRun(runFolder, report, options);
  try {
    const { config } = configOf(run.record);
    const maxLength = config.data.max_length;
    if (input.kind === 'text') return await answer(run, [askText(run, input.text, input.textPair, maxLength)]);

    const { baseFolder } = run.record;
    const split = splitLike(config, baseFolder, input.file);
    const columns = { ...columnsOf(split), label: undefined };
    const badRows = new BadRows(config.data.on_bad_row);
    const rows = rowsOf(split, baseFolder, columnNames(columns), badRows);
    const out = new JsonLinesFile(input.out);
    try {
      for await (const chunk of chunksOf(rows)) {
        const questions: { line: number; question: Question }[] = [];
        for (const row of chunk) {
          try {
            questions.push({ line: row.line, question: askRow(run, row, columns, maxLength) });
          } catch (error) {
            badRows.handle(error);
          }
        }
        const found = await inBatches(
          questions,
          ({ question }) => question.encoded.inputIds.length,
          (batch) =>
            answer(
              run,
              batch.map(({ question }) => question),
            ),
        );
        for (const [i, prediction] of found.entries()) await out.write({ line: questions[i]!.line, ...prediction });
        report('predicting', out.count, undefined, 'rows');
      }
      await out.finish();
      return [];
    } catch (error) {
      await out.discard();
      throw error;
    }
  } finally {
    await run.close();
  }
}
