import type { DataFormat } from './dataSchema.ts';

const byEnding: Readonly<Record<string, DataFormat>> = {
  tsv: 'tsv',
  tab: 'tsv',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  conll: 'conll',
  bio: 'conll',
  iob: 'conll',
  iob2: 'conll',
  // As the WNUT shared tasks name their test files.
  annotated: 'conll',
  txt: 'text',
};

/** The format that a file's ending stands for, or undefined when it says nothing. */
export function formatOfFile(file: string): DataFormat | undefined {
  const ending = /\.([^./\\]+)$/.exec(file)?.[1];
  return ending === undefined ? undefined : byEnding[ending.toLowerCase()];
}
