// Ours, because the parser (`yaml`) has no limit of depth, and running out of stack cannot be caught.

/** How deep lists and mappings may nest; configs need about 6. */
export const nestingLimit = 40;

/**
 * Offset where a text nests deeper than `nestingLimit`, or undefined. A YAML parser recurses once a level, and hostile
 * nesting ends the process from inside the engine, out of reach of any `catch`; so it is measured before parsing.
 * Counts open brackets, indentation steps and the indicators `-`, `?` and `:` that open a block on the same line.
 * Brackets inside quotes and comments count as well: no config comes near the limit.
 */
export function tooDeep(text: string): number | undefined {
  const indents: number[] = [];
  let brackets = 0;
  let indicators = 0;
  let atLineStart = true;
  let lineStart = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\n') {
      atLineStart = true;
      lineStart = at + 1;
      indicators = 0;
      continue;
    }
    if (atLineStart && character !== ' ' && character !== '\t' && character !== '\r') {
      atLineStart = false;
      const indent = at - lineStart;
      while (indents.length > 0 && indents[indents.length - 1]! >= indent) indents.pop();
      indents.push(indent);
    }
    if (character === '[' || character === '{') brackets++;
    else if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1);
    else if (character === '-' || character === '?' || character === ':') {
      const next = text[at + 1];
      if (next === ' ' || next === '\t') indicators++;
    }
    if (brackets + indents.length + indicators > nestingLimit) return at;
  }
  return undefined;
}
