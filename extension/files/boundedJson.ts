/** Objects and lists within one another; run records, model configs and tokenizers have fewer than ten levels. */
const mostLevels = 100;

/**
 * Parses JSON that nests so little that whatever walks its value can do so by recursion.
 * @param mostKeys of all its objects together: parsing different ones takes time and memory that grow faster than the text
 * @throws SyntaxError with what is wrong
 */
export function parseBoundedJson(text: string, mostKeys = Number.POSITIVE_INFINITY): unknown {
  let levels = 0;
  let keys = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case openBrace:
      case openBracket:
        if (++levels > mostLevels) throw new SyntaxError(`nested deeper than ${mostLevels} levels`);
        break;
      case colon:
        if (++keys > mostKeys) throw new SyntaxError(`more than ${mostKeys} keys`);
        break;
      case closeBrace:
      case closeBracket:
        levels--;
    }
  }
  return JSON.parse(text);
}

const [quote, colon, backslash, openBracket, closeBracket] = [0x22, 0x3a, 0x5c, 0x5b, 0x5d];
const [openBrace, closeBrace] = [0x7b, 0x7d];

/** Index of the quote that closes the string which begins at `start`, or of the text's end. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
