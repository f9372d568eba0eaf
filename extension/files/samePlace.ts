import path from 'node:path';

/** Whether two paths name one place: on Windows whichever way their letters are written. */
export const isSamePlace = (a: string, b: string): boolean => path.relative(a, b) === '';
