/** The part that a token plays: the model learns to predict it, only reads it, or never sees it. */
export type TokenMark = 'loss' | 'context' | 'cut';

export interface RowToken {
  readonly id: number;
  /** What it adds to the text; one that is a part of a character stands as the vocabulary has it. */
  readonly text: string;
  readonly mark: TokenMark;
  /** The label of the word that begins here. */
  readonly label?: string;
}

/** A row as the model reads it. */
export interface RowTokens {
  readonly line: number;
  readonly tokens: readonly RowToken[];
  /** The whole as one text, special tokens included: as a chat template writes it. */
  readonly text: string;
  /** The label of the row, or its number. */
  readonly label?: string;
  /** How many rows it is split into, where it is. */
  readonly pieces?: number;
  /** What training would refuse it for. */
  readonly problem?: string;
}

/** A row as the model reads it, or what training would say of it. */
export type ViewedRow = RowTokens | { readonly line: number; readonly problem: string };

/** Shows rows of a config's data as its model reads them. */
export interface RowViewer {
  /** The first training rows. */
  first(count: number): Promise<readonly ViewedRow[]>;
  /** One line of a JSONL file, as it stands in an editor; undefined where the config does not name the file. */
  line(file: string, line: number, text: string): ViewedRow | undefined;
}
