import type { ModelDimensions } from '../models/dimensions.ts';
import type { ResolvedSplit } from './resolve.ts';

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** What is known of a model without its weights. */
export type ModelFacts =
  | { readonly kind: 'known'; readonly dimensions: ModelDimensions }
  /** Not here yet (a hub model that was never downloaded): nothing to check against. */
  | { readonly kind: 'unknown' }
  /** Cannot be used; the reason says what to do. */
  | { readonly kind: 'unusable'; readonly reason: string };

export interface LabelFacts {
  /** Distinct labels in order of first appearance, at most a thousand. */
  readonly distinct: readonly string[];
  /** Whether the whole file was read, so that `distinct` holds all there are. */
  readonly complete: boolean;
}

export type DataFile = Pick<ResolvedSplit, 'file' | 'format' | 'delimiter'> &
  Partial<Pick<ResolvedSplit, 'columns' | 'encoding' | 'tokens'>>;

/**
 * The outside world as config checks and completion see it; the command line and the editor each bring one, with caches
 * of their own. Paths are as the config has them: relative ones start from its folder. Nothing here throws: what cannot
 * be read is undefined.
 */
export interface Environment {
  model(model: string, revision: string | null): Promise<ModelFacts>;
  /** Undefined when the folder does not exist. */
  listFolder(folder: string): Promise<readonly FolderEntry[] | undefined>;
  /** Column names of a data file; undefined for formats without names. */
  columns(data: DataFile): Promise<readonly string[] | undefined>;
  /** Labels of a split, read from its label column. */
  labels(data: DataFile & Pick<ResolvedSplit, 'label'>): Promise<LabelFacts | undefined>;
}
