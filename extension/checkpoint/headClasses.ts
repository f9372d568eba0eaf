import * as z from 'zod';

const namesByNumber = z.record(z.string().regex(/^\d{1,6}$/), z.string());

/** How the classes of a checkpoint's head become those of the data. */
type HeadClasses =
  /** Class i is class i: one of them has no names. */
  | { readonly kind: 'same' }
  /** Our class i is the checkpoint's `rows[i]`. */
  | { readonly kind: 'ordered'; readonly rows: readonly number[] }
  /** They have other names: the head answers another question. */
  | { readonly kind: 'other'; readonly names: readonly string[] };

/** Compares the classes that `config.json` names (`id2label`) with as many labels of the data. */
export function headClasses(config: Readonly<Record<string, unknown>>, labels: readonly string[]): HeadClasses {
  const parsed = namesByNumber.safeParse(config.id2label);
  const names = parsed.success ? labels.map((_, i) => parsed.data[i] ?? '') : [];
  // As transformers' own examples compare them: POSITIVE is positive.
  const small = names.map((name) => name.toLowerCase());
  const rows = labels.map((label) => small.indexOf(label.toLowerCase()));
  const isAllNamed = new Set(rows).size === labels.length && !rows.includes(-1);
  // LABEL_0 is what a library writes for a class without a name; numbers that name no class of it are their own places.
  const unnamed = (list: readonly string[]) => list.every((name, i) => name === `LABEL_${i}` || name === String(i));
  if (names.length === 0 || (!isAllNamed && (unnamed(names) || unnamed(labels)))) return { kind: 'same' };
  if (!isAllNamed) return { kind: 'other', names };
  return rows.every((row, i) => row === i) ? { kind: 'same' } : { kind: 'ordered', rows };
}
