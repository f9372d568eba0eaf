import { shareText } from '../../problems/shareText.ts';
import type { EncodedRow, Ids } from '../../tasks/rows/example.ts';

/** How many rows of a split are longer than the model reads. */
export interface CutRows {
  /** Rows looked at. */
  readonly rows: number;
  readonly cut: number;
  /** Tokens of the longest row. */
  readonly longest: number;
  /** How many lost tokens that were to be predicted, and the first of them, from 1. */
  readonly answers?: { readonly cut: number; readonly first: readonly number[] };
  /** Rows into which a chat template wrote the date. */
  readonly dated?: number;
  /** How many rows they are after long ones were split; absent where none was. */
  readonly pieces?: number;
  /** Whether there are more rows than these. */
  readonly isSample?: boolean;
}

type CountedRow = Pick<EncodedRow, 'cutTargets' | 'isDated'> & { readonly inputIds: Ids; readonly fullLength: number };

/** Rows that a message names. */
const mostNamed = 5;

/** Counts rows that are cut or split as they are encoded. */
export class CutCount {
  rows = 0;
  cut = 0;
  longest = 0;

  dated = 0;
  #pieces = 0;
  readonly #cutAnswers = { cut: 0, first: [] as number[] };

  get counts(): CutRows {
    const { rows, cut, longest, dated } = this;
    const [answers, pieces] = [this.#cutAnswers, this.#pieces];
    return {
      rows,
      cut,
      longest,
      ...(pieces > rows && { pieces }),
      ...(answers.cut > 0 && { answers }),
      ...(dated > 0 && { dated }),
    };
  }

  /**
   * Counts a row, by its first piece where it is split.
   * @param row its number from 1, where not every row is added
   */
  add([first, ...others]: readonly CountedRow[], row = this.rows + 1): void {
    const { inputIds, fullLength, cutTargets = 0, isDated } = first!;
    this.rows++;
    this.#pieces += 1 + others.length;
    if (isDated) this.dated++;
    if (cutTargets > 0 && this.#cutAnswers.cut++ < mostNamed) this.#cutAnswers.first.push(row);
    if (fullLength > inputIds.length) this.cut++;
    this.longest = Math.max(this.longest, fullLength);
  }
}

/** Tells people of what a run's rows lose, or have that would change from day to day; undefined where there is nothing. */
export function rowsText(counts: CutRows, maxLength: number, judgesWords: boolean): string | undefined {
  const { rows, dated = 0 } = counts;
  const cut = cutText(counts, maxLength, judgesWords);
  const date = `the chat template writes the date into ${dated} of ${rows} rows, here always the same one (26 July 2024)`;
  const told = [...(cut === undefined ? [] : [cut]), ...(dated > 0 ? [date] : [])];
  return told.length > 0 ? told.join('; ') : undefined;
}

/**
 * Tells people of rows that are cut or split; undefined where none is.
 * @param judgesWords whether what is cut would have been judged: the words of a tagger
 */
export function cutText(counts: CutRows, maxLength: number, judgesWords: boolean): string | undefined {
  const { rows, cut, longest, answers, pieces, isSample = false } = counts;
  if (cut === 0) return undefined;
  const counted = judgesWords ? '; words that are cut count as predicted outside of all spans' : '';
  const named =
    answers &&
    `row${answers.cut > 1 ? 's' : ''} ${answers.first.join(', ')}${answers.cut > answers.first.length ? ', …' : ''}`;
  const lost = answers ? `; ${answers.cut} of them lose part of their target (${named})` : '';
  const which = `${cut} of ${rows} ${isSample ? 'sampled rows' : 'rows'} (${shareText(cut, rows)})`;
  if (pieces !== undefined) {
    const become = `they become ${pieces} rows with the others`;
    return `${which} are split at data.max_length ${maxLength}, the longest has ${longest} tokens; ${become}`;
  }
  return `${which} are cut to data.max_length ${maxLength}, the longest has ${longest} tokens${counted}${lost}`;
}
