import type { DataFormat } from './dataSchema.ts';

const byEnding: Readonly<Record<string, DataFormat>> = {
  tsv: 'tsv',
  tab: 'tsv',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  // JSON lines, or one list.
  json: 'jsonl',
  parquet: 'parquet',
  conll: 'conll',
  conllu: 'conll',
  bio: 'conll',
  iob: 'conll',
  iob2: 'conll',
  // As the WNUT shared tasks name their test files.
  annotated: 'conll',
  txt: 'text',
};

/** Endings that stand for a format. */
export const dataEndings: readonly string[] = Object.keys(byEnding);

/** A file's ending, in small letters; undefined where it has none. */
export const endingOf = (file: string): string | undefined => /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase();

/** The format that a file's ending stands for, or undefined when it says nothing. */
export function formatOfFile(file: string): DataFormat | undefined {
  const ending = endingOf(file);
  return ending === undefined ? undefined : byEnding[ending];
}

/** JSON files of models and tools. */
const ownJson =
  /(^|[-_.])(config|tokenizer|vocab|special_tokens_map|added_tokens|index|package|lock|manifest|schema|settings|launch|tasks|extensions)\.json$/i;

/** Whether a JSON file may hold rows, by its path within the workspace. */
export const mayBeRows = (file: string): boolean => {
  const parts = file.split(/[\\/]/);
  const name = parts.pop()!;
  return !ownJson.test(name) && ![...parts, name].some((part) => part.startsWith('.')) && !/^[jt]sconfig/i.test(name);
};
