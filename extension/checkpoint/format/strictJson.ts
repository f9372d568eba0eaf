import { endOfString } from '../../files/boundedJson.ts';

// Ours, because `JSON.parse` takes a key that comes twice, and parsers that refuse it have no limit of depth.

/**
 * Parses JSON of which no object names a key twice and nothing nests deeper than `maxDepth`. Nesting and keys are
 * checked before anything is built, so a hostile text costs no more than one pass over it.
 * @throws SyntaxError with what is wrong
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  /** The keys seen in each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at) + 1;
      if (end > text.length) throw new SyntaxError('a string has no end');
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (keys.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 200))} appears twice`);
        keys.add(key);
      }
      at = end;
      continue;
    }
    if (character === '{' || character === '[') {
      if (open.length === maxDepth) throw new SyntaxError(`nested deeper than ${maxDepth} levels`);
      open.push(character === '{' ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    }
    at++;
  }
  return JSON.parse(text);
}

/** Whether a colon follows: in JSON that is so after keys alone. */
function isKey(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
