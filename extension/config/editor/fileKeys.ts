import type { ValuePath } from '../../problems/finding.ts';
import type { KeyInfo } from '../../problems/keyInfo.ts';
import { infoAt } from '../schema/keyTable.ts';

/** The keys of one kind of file, for hovers and completion. */
export interface FileKeys {
  /** The declaration at a path. */
  infoAt(path: ValuePath): KeyInfo | undefined;
  /** Whether a method stands here: the value that names methods, or an item of its list. */
  isMethod(path: ValuePath): boolean;
}

export const configFile: FileKeys = {
  infoAt,
  isMethod: (path) =>
    path[0] === 'methods' && (path.length === 1 || (path.length === 2 && typeof path[1] === 'number')),
};
