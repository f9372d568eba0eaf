import * as z from 'zod';

/** A number that may be NaN or infinite. JSON turns those into text (the journal) or null; both come back as numbers. */
export const real = z.union([
  z.number(),
  z.nan(),
  z.literal(Number.POSITIVE_INFINITY),
  z.literal(Number.NEGATIVE_INFINITY),
  z.null().transform(() => Number.NaN),
  z.enum(['NaN', 'Infinity', '-Infinity']).transform((text) => Number(text)),
]);
