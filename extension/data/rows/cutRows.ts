import type { Ids } from '../../tasks/rows/example.ts';

/** How many rows of a split are longer than the model reads. */
export interface CutRows {
  /** Rows looked at. */
  readonly rows: number;
  readonly cut: number;
  /** Tokens of the longest row. */
  readonly longest: number;
  /** Whether there are more rows than these. */
  readonly isSample?: boolean;
}

/** Counts rows that are cut as they are encoded. */
export class CutCount implements CutRows {
  rows = 0;
  cut = 0;
  longest = 0;

  get counts(): CutRows {
    return { rows: this.rows, cut: this.cut, longest: this.longest };
  }

  add({ inputIds, fullLength }: { readonly inputIds: Ids; readonly fullLength: number }): void {
    this.rows++;
    if (fullLength > inputIds.length) this.cut++;
    this.longest = Math.max(this.longest, fullLength);
  }
}

/**
 * Tells people of rows that are cut; undefined where none is.
 * @param judgesWords whether what is cut would have been judged: the words of a tagger
 */
export function cutText(counts: CutRows, maxLength: number, judgesWords: boolean): string | undefined {
  const { rows, cut, longest, isSample = false } = counts;
  if (cut === 0) return undefined;
  const percent = (100 * cut) / rows;
  const share = percent < 0.1 ? '< 0.1' : percent.toFixed(1);
  const counted = judgesWords ? '; words that are cut count as predicted outside of all spans' : '';
  return `${cut} of ${rows} ${isSample ? 'sampled rows' : 'rows'} (${share} %) are cut to data.max_length ${maxLength}, the longest has ${longest} tokens${counted}`;
}
