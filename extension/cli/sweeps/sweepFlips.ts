import type { RowFlipsView } from '../../contract/rowFlips.ts';
import type { RunRecord } from '../../contract/run.ts';
import { armFlips } from '../../experiments/verdict/armFlips.ts';
import type { Question } from '../../experiments/verdict/question.ts';
import { UserError } from '../../problems/userError.ts';
import type { Cli } from '../cli.ts';
import type { StoredSweep } from './storedSweep.ts';

/** Questions, and the runs that they are about. */
export interface Asked {
  readonly asked: readonly Question[];
  readonly records: readonly RunRecord[];
}

/** What a sweep answers so far. */
export async function askSweep(stored: StoredSweep, metric?: string): Promise<Asked> {
  const { progressOfRuns, questionsOfRunsSoFar } = await import('../../experiments/sweepView.ts');
  const { readSweepRuns } = await import('../../runs/folder/sweepRuns.ts');
  const runs = await readSweepRuns(stored.store, stored.record, stored, true);
  const runOf = (index: number) => runs.get(index);
  const asked = questionsOfRunsSoFar(stored, progressOfRuns(stored, runOf), runOf, metric);
  const results = [...runs.values()].filter(({ record }) => record.sweep?.stage === 'results');
  return { asked, records: results.map(({ record }) => record) };
}

/**
 * Two arms side by side, row by row, for every question that both are part of.
 * @throws UserError where there is none
 */
export async function flipsOf(
  cli: Cli,
  { asked, records }: Asked,
  first: string,
  second: string,
): Promise<readonly RowFlipsView[]> {
  const told: RowFlipsView[] = [];
  const refused: string[] = [];
  for (const question of asked) {
    const flips = armFlips(question, first, second);
    if ('why' in flips) refused.push(flips.why);
    else
      told.push(
        await withTexts(
          cli,
          flips,
          records.find((record) => judgedBy(record, question)),
        ),
      );
  }
  if (told.length === 0) throw new UserError(`--flips: ${refused[0]}`, 'usage');
  return told;
}

/** Whether a run was judged by a question's rows: those of a sweep are told by their file and experiment. */
const judgedBy = ({ config, sweep }: RunRecord, { split, title }: Question): boolean => {
  const file = config.data[split]?.file.split(/[\\/]/).at(-1);
  return (
    file !== undefined && title.startsWith(file) && (sweep === undefined || title.includes(`(${sweep.experiment})`))
  );
};

async function withTexts(
  cli: Cli,
  flips: Omit<RowFlipsView, 'withoutTexts'>,
  record: RunRecord | undefined,
): Promise<RowFlipsView> {
  const rows = flips.bothRight + flips.bothWrong + flips.onlyFirst + flips.onlySecond;
  try {
    const texts = record === undefined ? [] : await (await cli.loadOperations()).rowTexts(record, flips.split);
    if (texts.length !== rows)
      return {
        ...flips,
        withoutTexts: `the file must have the ${rows} usable rows that were judged, got ${texts.length}; texts are left out`,
      };
    return { ...flips, rows: flips.rows.map((row) => ({ ...row, ...texts[row.row] })) };
  } catch (error) {
    return { ...flips, withoutTexts: (error as Error).message };
  }
}
