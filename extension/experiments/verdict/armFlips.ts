import { type FlippedRow, mostFlippedRows, type RowFlipsView } from '../../contract/rowFlips.ts';
import { isRowRight, type RowOutcomes } from '../../metrics/rowOutcomes.ts';
import { rowFlips } from '../statistics/rowFlips.ts';
import { type ArmRun, type Question, scored } from './question.ts';

/** Two sides compared row by row, or why they cannot be. */
type ArmFlips = Omit<RowFlipsView, 'withoutTexts'> | { readonly why: string };

/**
 * Rows that one of two sides has right and the other wrong. A side is an arm, which has a row right when more than half of its
 * runs have, or one run of it: `bitfit seed 3`.
 */
export function armFlips(question: Question, first: string, second: string): ArmFlips {
  const { title, split, rowsDiffer } = question;
  if (rowsDiffer) return { why: `${title}: each seed was judged on rows of its own; set data.${split}` };
  const [a, b] = [sideOf(question, first), sideOf(question, second)];
  if ('why' in a) return a;
  if ('why' in b) return b;
  const rows = a.right[0]!.length;
  if ([...a.right, ...b.right].some(({ length }) => length !== rows))
    return { why: `${first} and ${second} were judged on different numbers of rows; run them on the same file` };
  const votes = ({ right }: Side): readonly number[] =>
    Array.from({ length: rows }, (_, row) => right.filter((of) => of[row]).length);
  const [firstVotes, secondVotes] = [votes(a), votes(b)];
  const majority = (of: readonly number[], { right }: Side): readonly boolean[] =>
    of.map((count) => 2 * count > right.length);
  const { onlyFirst, onlySecond, ...rest } = rowFlips(majority(firstVotes, a), majority(secondVotes, b));
  const flipped = (right: FlippedRow['right']) => (row: number) => ({
    ...{ row, right },
    firstRight: firstVotes[row]!,
    secondRight: secondVotes[row]!,
  });
  const clearness = ({ firstRight, secondRight }: FlippedRow): number =>
    Math.abs(firstRight / a.right.length - secondRight / b.right.length);
  const clearest = (rows: readonly FlippedRow[]): readonly FlippedRow[] =>
    [...rows].sort((x, y) => clearness(y) - clearness(x) || x.row - y.row);
  // Each side by itself: a side whose rows are all less clear is not to vanish.
  const held = [onlyFirst.map(flipped('first')), onlySecond.map(flipped('second'))].flatMap((rows) =>
    clearest(rows).slice(0, mostFlippedRows),
  );
  return {
    title,
    split,
    first: { name: first, runs: a.right.length },
    second: { name: second, runs: b.right.length },
    onlyFirst: onlyFirst.length,
    onlySecond: onlySecond.length,
    ...rest,
    rows: [...clearest(held)],
  };
}

interface Side {
  /** Of each run, which rows it has right. */
  readonly right: readonly (readonly boolean[])[];
}

function sideOf({ arms }: Question, name: string): Side | { readonly why: string } {
  const [, armName = name, seed] = arms.some((arm) => arm.name === name) ? [] : (/^(.*) seed (\d+)$/.exec(name) ?? []);
  const arm = arms.find((known) => known.name === armName);
  if (arm === undefined)
    return {
      why: `${name}: must be one of the arms, or one run of an arm such as "${arms[0]!.name} seed 1"; choose from ${arms.map((known) => known.name).join('; ')}`,
    };
  const runs = scored(arm).filter((run) => seed === undefined || run.seed === Number(seed));
  if (runs.length === 0) return { why: `${name}: has no result yet` };
  const right = runs.map(rightRows);
  const known = right.filter((rows) => rows !== undefined);
  if (known.length < right.length)
    return {
      why: `${name}: its result on each row is not kept, or its task has no right and wrong rows; only runs of this version that classify can be compared`,
    };
  return { right: known };
}

/** Which rows a run has right; undefined where that is not known, and where no row is simply right. */
export function rightRows({ outcomes }: Pick<ArmRun, 'outcomes'>): readonly boolean[] | undefined {
  const isRight = outcomes && isRowRight[outcomes.kind];
  if (outcomes === undefined || isRight === undefined) return undefined;
  const { width, values }: RowOutcomes = outcomes;
  return Array.from({ length: values.length / width }, (_, row) =>
    isRight(values.slice(row * width, (row + 1) * width)),
  );
}
