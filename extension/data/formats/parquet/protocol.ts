/** The first message to the process that decodes a Parquet file. */
export interface DecodingTask {
  readonly file: string;
  readonly limits: DecodingLimits;
}

/** Limits of one answer; beyond them the process ends itself. */
export interface DecodingLimits {
  /** Of V8's heap, and of all the memory that the process holds. */
  readonly heapMib: number;
  readonly memoryMib: number;
  readonly processorMs: number;
}

/** `columns`: names of all; `note`: what the file's writer noted under a key; `rows`: the next ones, with these columns, none at the end. Both travel as structured clones. */
export type DecodingQuestion =
  | { readonly type: 'columns' }
  | { readonly type: 'note'; readonly key: string }
  | { readonly type: 'rows'; readonly columns: readonly string[] };

export type DecodingAnswer =
  | { readonly ok: true; readonly columns: readonly string[] }
  | { readonly ok: true; readonly note: string | undefined }
  | { readonly ok: true; readonly rows: readonly Readonly<Record<string, unknown>>[] }
  | { readonly ok: false; readonly rule: string; readonly cure: string };

/** Written to stderr by a process that ends itself. */
export const overLimit = {
  memory: 'PEFT Lab: over the limit of memory',
  time: 'PEFT Lab: over the limit of time',
} as const;
