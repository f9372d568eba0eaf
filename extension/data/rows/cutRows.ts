import { shareText } from '../../problems/shareText.ts';
import type { EncodedRow, Ids } from '../../tasks/rows/example.ts';
import type { Tokenizer } from '../../tasks/rows/tokenizer.ts';

/** What the model does not read of a split's rows. */
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
  /** Rows with words that the tokenizer does not know, and the first of them, from 1, where that is much of what they say. */
  readonly unknown?: { readonly rows: number; readonly first: number };
  /** How many rows they are after long ones were split; absent where none was. */
  readonly pieces?: number;
  /** Whether there are more rows than these. */
  readonly isSample?: boolean;
}

type CountedRow = Pick<EncodedRow, 'cutTargets' | 'isDated'> & { readonly inputIds: Ids; readonly fullLength: number };

/** Rows that a message names. */
const mostNamed = 5;
/** A letter or a name that a tokenizer does not know is usual; texts in another script are told. */
const leastUnknownShare = 0.05;

/** Counts rows that are cut or split as they are encoded. */
export class CutCount {
  rows = 0;
  cut = 0;
  longest = 0;

  dated = 0;
  #pieces = 0;
  readonly #cutAnswers = { cut: 0, first: [] as number[] };
  readonly #unknown = { rows: 0, first: 0 };
  #unknownTokens = 0;
  #tokens = 0;
  readonly #unknownId: number | undefined;

  constructor({ unknownTokenId }: Pick<Tokenizer, 'unknownTokenId'>) {
    this.#unknownId = unknownTokenId;
  }

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
      ...(this.#unknownTokens > leastUnknownShare * this.#tokens && { unknown: { ...this.#unknown } }),
    };
  }

  /**
   * Counts a row, by its first piece where it is split.
   * @param row its number from 1, where not every row is added
   */
  add(pieces: readonly CountedRow[], row = this.rows + 1): void {
    const { inputIds, fullLength, cutTargets = 0, isDated } = pieces[0]!;
    this.rows++;
    this.#pieces += pieces.length;
    this.#countUnknown(pieces, row);
    if (isDated) this.dated++;
    if (cutTargets > 0 && this.#cutAnswers.cut++ < mostNamed) this.#cutAnswers.first.push(row);
    if (fullLength > inputIds.length) this.cut++;
    this.longest = Math.max(this.longest, fullLength);
  }

  #countUnknown(pieces: readonly CountedRow[], row: number): void {
    const before = this.#unknownTokens;
    for (const { inputIds } of pieces) {
      this.#tokens += inputIds.length;
      for (const id of inputIds) if (id === this.#unknownId) this.#unknownTokens++;
    }
    if (this.#unknownTokens > before && this.#unknown.rows++ === 0) this.#unknown.first = row;
  }
}

/**
 * Tells people of what a run's rows lose, or have that would change from day to day; undefined where there is nothing.
 * @param judgesWords whether what is cut would have been judged: the words of a tagger
 */
export function rowsText(counts: CutRows, maxLength: number, judgesWords: boolean): string | undefined {
  const { rows, dated = 0, unknown } = counts;
  const cut = cutText(counts, maxLength, judgesWords);
  const date = `the chat template writes the date into ${dated} of ${rows} rows, here always the same one (26 July 2024)`;
  const words = unknown && unknownText(unknown, counts);
  const told = [...(cut === undefined ? [] : [cut]), ...(dated > 0 ? [date] : []), ...(words ? [words] : [])];
  return told.length > 0 ? told.join('; ') : undefined;
}

function unknownText(unknown: NonNullable<CutRows['unknown']>, { rows, isSample = false }: CutRows): string {
  const which = `${unknown.rows} of ${rows} ${isSample ? 'sampled rows' : 'rows'} (${shareText(unknown.rows, rows)}; the first is row ${unknown.first})`;
  return `${which} have words that the model's tokenizer does not know, all of which the model reads as one and the same token; choose a model of this language`;
}

/** Rows that are cut or split; undefined where none is. */
function cutText(counts: CutRows, maxLength: number, judgesWords: boolean): string | undefined {
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
