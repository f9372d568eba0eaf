const longDigits = /\d{16}/;
const stringsAndIntegers = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/gs;

/** `JSON.parse`, with integers beyond 2^53 as text: as numbers, two of them may become one. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  if (!longDigits.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(stringsAndIntegers, (found, at: number) => {
      const isPart =
        found.startsWith('"') || Number.isSafeInteger(Number(found)) || /[\d.eE+-]/.test(text[at - 1] ?? '');
      return isPart ? found : `"${found}"`;
    }),
  );
}
