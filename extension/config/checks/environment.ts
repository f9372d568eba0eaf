import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { DataSettings } from '../../tasks/rows/dataError.ts';
import type { ResolvedConfig, ResolvedSplit, SplitName } from '../resolved/resolve.ts';
import type { ConfigInput } from '../schema/schema.ts';

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** Facts about a model without its weights. */
export type ModelFacts =
  | { readonly kind: 'known'; readonly dimensions: ModelDimensions }
  /** Not here yet (a hub model that was never downloaded, but can be): nothing to check against. */
  | { readonly kind: 'unknown' }
  /** Cannot be used; the reason says what to do. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** Obstacles that training would meet in a model's weights and tokenizer. */
export interface TrainingFacts {
  /** Those that it would refuse; each says what to do. */
  readonly problems: readonly string[];
  /** Those that it would pass over. */
  readonly notes: readonly string[];
  /** Special tokens around one text and around two; absent where a task's texts may be cut to any length. */
  readonly specialTokens?: { readonly one: number; readonly two: number } | undefined;
}

/** Facts about the rows of a split, read as training reads them. */
export interface LabelFacts {
  /** Distinct labels: named ones in their order, then others in order of appearance, at most a thousand. */
  readonly distinct: readonly string[];
  /** Whether all rows that training reads were read, so that `distinct` holds all labels there are. */
  readonly complete: boolean;
  /** Rows that name each label of `distinct`. */
  readonly counts?: readonly number[];
  /** Rows read, bad ones aside. */
  readonly rows?: number;
  /** How many of them have a number for their text. */
  readonly numberTexts?: number;
  /** Rows that repeat the names of the columns, as those of files that were joined do, and where the first one is. */
  readonly headers?: { readonly count: number; readonly firstLine: number };
  /** Texts of a TSV file that are quoted as in CSV, where all with a quote are, and where the first one is. */
  readonly quoted?: { readonly count: number; readonly firstLine: number };
  /** Whether the file reads as UTF-8, with letters beyond ASCII, where the config names another encoding. */
  readonly isUtf8?: boolean;
  /** The error at which training would stop, in its reader's words. */
  readonly problem?: { readonly message: string; readonly cure: string; readonly settings?: DataSettings };
  /** Bad rows that training would skip, and the first few. */
  readonly skipped?: { readonly count: number; readonly examples: readonly string[] };
}

/** A config's settings for all rows. */
export interface Reading {
  readonly task: ConfigInput['task'];
  readonly onBadRow: 'error' | 'skip';
}

/** What reading all rows shows. */
export interface RowsReport {
  /** How many rows of a split are cut, in a sentence. */
  readonly cut: Readonly<Partial<Record<SplitName, string>>>;
  /** What ended the reading: in a split, else in the model's own files. */
  readonly problem?: { readonly split: SplitName | undefined; readonly message: string };
}

export type DataFile = Pick<ResolvedSplit, 'file' | 'format' | 'delimiter'> &
  Partial<Pick<ResolvedSplit, 'columns' | 'encoding'>>;

/**
 * The outside world as config checks and completion see it; the command line and the editor each bring one, with caches
 * of their own. Paths are as the config has them: relative ones start from its folder. Nothing here throws: what cannot
 * be read is undefined.
 */
export interface Environment {
  model(model: string, revision: string | null): Promise<ModelFacts>;
  /**
   * Of a model whose sizes are known, for a task; nothing of what is not here yet. A world that has no such
   * answer is one in which nothing is trained.
   */
  training?(model: string, revision: string | null, task: ConfigInput['task']): Promise<TrainingFacts>;
  /** Takes as long as reading the rows. */
  cutRows?(config: ResolvedConfig): Promise<RowsReport>;
  /** Whether a file of the hub, as its URL names it, was downloaded before; absent in a world without a cache. */
  isInCache?(file: string): Promise<boolean>;
  /** Undefined when the folder does not exist. */
  listFolder(folder: string): Promise<readonly FolderEntry[] | undefined>;
  /** Column names of a data file; undefined for formats without names. */
  columns(data: DataFile): Promise<readonly string[] | undefined>;
  /** Reads a split's rows as training does: its labels, and what is wrong with the file. */
  labels(split: ResolvedSplit, how: Reading): Promise<LabelFacts | undefined>;
}
