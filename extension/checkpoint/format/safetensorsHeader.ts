import * as z from 'zod';
import { elements } from '../../graph/tensor.ts';
import { issueText } from '../../problems/issueText.ts';
import { CheckpointError } from './checkpointError.ts';
import { parseStrictJson } from './strictJson.ts';

/** Bytes of one element of each dtype of the format. */
export const dtypeBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;
export type SafetensorsDType = keyof typeof dtypeBytes;

/** One tensor of a file; `start` and `end` are byte offsets from the file's beginning, `end` exclusive. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** Length of the number that says how long the header is. */
export const lengthBytes = 8;
/** The format's own limit. */
export const maxHeaderBytes = 100_000_000;
const maxRank = 16;

const count = z.int().min(0);
const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(dtypeBytes) as SafetensorsDType[]),
  shape: z.array(count).max(maxRank),
  data_offsets: z.tuple([count, count]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * The tensors that a header declares, in the order of their data. The data must be covered without gap or overlap, as
 * the format demands, so no tensor can reach outside the file or into another.
 * @param json the header's bytes, without the length before it
 * @throws CheckpointError naming the file, the tensor, the rule and the value
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensorsHeader(
  json: Uint8Array,
  fileBytes: number,
  where: string,
  cure = 'download or save it again',
): SafetensorsHeader {
  const fail = (problem: string): never => {
    throw new CheckpointError(where, `${problem}; the file is damaged or not safetensors: ${cure}`);
  };
  let parsed: unknown;
  try {
    parsed = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(json), 3);
  } catch (error) {
    return fail(`the header must be JSON, got ${(error as Error).message.slice(0, 200)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return fail('the header must be a JSON object');
  }
  const dataStart = lengthBytes + json.length;
  let metadata: Readonly<Record<string, string>> = {};
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') {
      const result = metadataSchema.safeParse(value);
      if (!result.success) return fail('__metadata__: must hold text values only');
      metadata = result.data;
      continue;
    }
    const result = entrySchema.safeParse(value);
    if (!result.success) {
      return fail(`tensor ${quoted(name)}: ${issueText(result.error.issues[0]!, value, 'entry')}`);
    }
    const { dtype, shape, data_offsets: offsets } = result.data;
    entries.push({ name, dtype, shape, start: dataStart + offsets[0], end: dataStart + offsets[1] });
  }

  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = dataStart;
  for (const { name, dtype, shape, start, end } of entries) {
    const bytes = elements(shape) * dtypeBytes[dtype];
    if (end - start !== bytes) {
      return fail(`tensor ${quoted(name)}: ${dtype} [${shape}] takes ${bytes} bytes, got ${end - start}`);
    }
    if (start !== covered) {
      const rule = start < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      return fail(
        `tensor ${quoted(name)}: ${rule}: data must begin at ${covered - dataStart}, got ${start - dataStart}`,
      );
    }
    covered = end;
  }
  if (covered !== fileBytes) {
    return fail(`the header declares a file of ${covered} bytes, got ${fileBytes}`);
  }
  return { metadata, entries: new Map(entries.map((entry) => [entry.name, entry])) };
}

/** A name as JSON, cut where long. */
const quoted = (name: string): string => JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);

/** A tensor to be written. */
interface SafetensorsSpec {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
}

/**
 * The bytes before the data, and the order in which the data must follow: wider dtypes first, then by name, so that
 * every tensor is aligned and equal contents give equal bytes.
 */
export function encodeSafetensorsHeader<T extends SafetensorsSpec>(
  tensors: readonly T[],
  metadata: Readonly<Record<string, string>>,
): { readonly bytes: Buffer; readonly order: readonly T[] } {
  const order = [...tensors].sort(
    (a, b) => dtypeBytes[b.dtype] - dtypeBytes[a.dtype] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const keys = Object.keys(metadata).sort();
  const fields: [string, unknown][] = [];
  if (keys.length > 0) fields.push(['__metadata__', Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  let start = 0;
  for (const { name, dtype, shape } of order) {
    const end = start + elements(shape) * dtypeBytes[dtype];
    fields.push([name, { dtype, shape, data_offsets: [start, end] }]);
    start = end;
  }
  // Written field by field, since an object would move names that look like numbers to the front.
  const text = `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const json = Buffer.from(text, 'utf8');
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(lengthBytes + padded, ' ');
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, lengthBytes);
  return { bytes, order };
}
