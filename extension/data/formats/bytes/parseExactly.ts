import { parseBoundedJson } from '../../../files/boundedJson.ts';

const longDigits = /\d{16}/;
const stringsAndIntegers = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/gs;

/** Shorter texts can neither nest too deep nor hold too many keys. */
const shortText = 4096;
/** Of a row, those of nested objects included. */
const mostKeys = 100_000;

/**
 * A row's JSON, with integers beyond 2^53 as text: as numbers, two of them may become one.
 * @throws SyntaxError for what is no JSON, nests deeper than any row does, or has more keys
 */
export function parseExactly(text: string): unknown {
  const exact = exactly(text);
  return exact.length < shortText ? JSON.parse(exact) : parseBoundedJson(exact, mostKeys);
}

function exactly(text: string): string {
  if (!longDigits.test(text)) return text;
  return text.replace(stringsAndIntegers, (found, at: number) => {
    const isPart = found.startsWith('"') || Number.isSafeInteger(Number(found)) || /[\d.eE+-]/.test(text[at - 1] ?? '');
    return isPart ? found : `"${found}"`;
  });
}
