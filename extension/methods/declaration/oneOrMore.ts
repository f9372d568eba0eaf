import * as z from 'zod';

/** An option that takes one of some names, or a list of them without repeats; always read as a list. */
export const oneOrMore = <const Names extends readonly [string, ...string[]]>(names: Names) => {
  const name = z.enum(names);
  const list = z
    .array(name)
    .min(1)
    .refine((items) => new Set(items).size === items.length, { error: 'must not name anything twice' });
  return z.union([name, list]).transform((value): z.infer<typeof list> => (Array.isArray(value) ? value : [value]));
};
