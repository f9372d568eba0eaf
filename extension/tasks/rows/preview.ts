import type { Columns } from './row.ts';

/** What the rows looked at hold in one column. */
export interface ColumnPreview {
  readonly name: string;
  /** The first different values, each on one line and cut where it is long. */
  readonly samples: readonly string[];
  readonly distinct: number;
}

/** What a data file looks like to somebody who is about to train on it. */
export interface DataPreview<TaskName extends string> {
  /** What separates its fields; null: what the ending of its name says. */
  readonly delimiter: string | null;
  readonly columns: readonly ColumnPreview[];
  /** Rows looked at. */
  readonly rows: number;
  /** The task that fits best. */
  readonly task: TaskName;
  /** Which columns each task would read. */
  readonly guesses: Readonly<Record<TaskName, Columns>>;
  /** Different labels in the rows looked at, by the guess for the best task. */
  readonly labels: readonly string[];
}
