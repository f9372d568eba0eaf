import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ZodType } from 'zod';
import { parseBoundedJson } from './boundedJson.ts';
import { isCode } from './failure.ts';
import { readGuardedSync, sizeLimits } from './guardedFile.ts';

/**
 * Replaces a file in one step: a reader sees the old text or the new, never half of it, after a crash too when
 * `durable` (caches need not be).
 * @throws the system's error; the file is then as it was.
 */
export function writeFileAtomic(file: string, text: string, durable = true): void {
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const descriptor = openSync(aside, 'wx');
    try {
      writeFileSync(descriptor, text);
      if (durable) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, file);
  } catch (error) {
    if (existsSync(aside)) rmSync(aside);
    throw error;
  }
}

export const writeJsonAtomic = (file: string, value: unknown, durable = true): void =>
  writeFileAtomic(file, `${JSON.stringify(value, undefined, 2)}\n`, durable);

/** What a JSON file was found to hold. */
export type JsonFile<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'missing' }
  | { readonly kind: 'bad'; readonly problem: string };

/**
 * Reads and checks a small JSON file (at once: ten thousand of them take a fifth of the time of asynchronous reading).
 * Never throws for what the file holds, only when it cannot be read at all.
 * @throws FileRefusal when it is no file, or too large
 */
export function readJsonFile<T>(
  file: string,
  schema: ZodType<T>,
  limitBytes: number = sizeLimits.runFile,
): JsonFile<T> {
  // Asked first, for a missing file is the usual case and an exception costs as much as ten reads.
  if (!existsSync(file)) return { kind: 'missing' };
  let text: string;
  try {
    text = readGuardedSync(file, limitBytes).toString('utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing' };
    throw error;
  }
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch {
    return { kind: 'bad', problem: 'not JSON' };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'ok', value: parsed.data };
  const issue = parsed.error.issues[0];
  return { kind: 'bad', problem: `${issue?.path.join('.') || 'top level'}: ${issue?.message ?? 'not as expected'}` };
}
