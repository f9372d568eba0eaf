import type { RowFlipsView } from '../../contract/rowFlips.ts';
import { armFlips } from '../../experiments/verdict/armFlips.ts';
import type { Question } from '../../experiments/verdict/question.ts';
import { errorMessage } from '../../files/failure.ts';
import type { RowText } from '../../inference/rowTexts.ts';
import { UserError } from '../../problems/userError.ts';
import type { Cli } from '../cli.ts';
import { noteTo, type StoredSweep } from './storedSweep.ts';

/** What a sweep answers so far; runs that cannot be read are told and left out. */
export async function askSweep(cli: Cli, stored: StoredSweep, metric?: string): Promise<readonly Question[]> {
  const { progressOfRuns, questionsOfRunsSoFar } = await import('../../experiments/sweepView.ts');
  const { readSweepRuns } = await import('../../runs/folder/sweepRuns.ts');
  const runs = await readSweepRuns(stored.store, stored.record, stored, true, noteTo(cli));
  const runOf = (index: number) => runs.get(index);
  return questionsOfRunsSoFar(stored, progressOfRuns(stored, runOf), runOf, metric);
}

/** Puts two arms side by side. @throws UserError where no question can */
type FlipsOf = (first: string, second: string) => Promise<readonly RowFlipsView[]>;

/** Puts arms side by side, row by row, for every question that both are part of. The rows of a question are read once. */
export function flipsIn(cli: Cli, questions: readonly Question[]): FlipsOf {
  const known = new Map<Question, Promise<readonly RowText[]>>();
  const textsOf = (question: Question): Promise<readonly RowText[]> => {
    const texts = known.get(question) ?? readTexts(cli, question);
    known.set(question, texts);
    return texts;
  };
  return async (first, second) => {
    const told: RowFlipsView[] = [];
    const refused: string[] = [];
    for (const question of questions) {
      const flips = armFlips(question, first, second);
      if ('why' in flips) refused.push(flips.why);
      else told.push(await withTexts(flips, () => textsOf(question)));
    }
    if (told.length === 0) throw new UserError(refused[0]!, 'usage');
    return told;
  };
}

const readTexts = async (cli: Cli, { record, split }: Question): Promise<readonly RowText[]> =>
  record === undefined ? [] : await (await cli.loadOperations()).rowTexts(record, split);

async function withTexts(
  flips: Omit<RowFlipsView, 'withoutTexts'>,
  textsOf: () => Promise<readonly RowText[]>,
): Promise<RowFlipsView> {
  const rows = flips.bothRight + flips.bothWrong + flips.onlyFirst + flips.onlySecond;
  try {
    const texts = await textsOf();
    if (texts.length !== rows)
      return {
        ...flips,
        withoutTexts: `the file must have the ${rows} usable rows that were judged, got ${texts.length}; texts are left out`,
      };
    return { ...flips, rows: flips.rows.map((row) => ({ ...row, ...texts[row.row] })) };
  } catch (error) {
    return { ...flips, withoutTexts: errorMessage(error) };
  }
}
