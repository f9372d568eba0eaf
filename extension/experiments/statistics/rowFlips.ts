import { mcNemar } from './mcNemar.ts';

/** Rows on which two runs, or two arms by majority, differ. */
export interface RowFlips {
  /** Numbers of the rows, from 0, that only the first has right. */
  readonly onlyFirst: readonly number[];
  readonly onlySecond: readonly number[];
  readonly bothRight: number;
  readonly bothWrong: number;
  /** McNemar's exact p, two-sided. */
  readonly p: number;
}

/**
 * Compares right and wrong row by row.
 * @throws RangeError unless both judge equally many rows.
 */
export function rowFlips(first: readonly boolean[], second: readonly boolean[]): RowFlips {
  if (first.length !== second.length)
    throw new RangeError(`row flips: both must judge the same rows, got ${first.length} and ${second.length}`);
  const rows = first.map((_, row) => row);
  const onlyFirst = rows.filter((row) => first[row] && !second[row]);
  const onlySecond = rows.filter((row) => !first[row] && second[row]);
  const bothRight = rows.filter((row) => first[row] && second[row]).length;
  const bothWrong = rows.length - bothRight - onlyFirst.length - onlySecond.length;
  return { onlyFirst, onlySecond, bothRight, bothWrong, p: mcNemar(onlyFirst.length, onlySecond.length) };
}
