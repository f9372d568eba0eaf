/** Lines that begin deeper than the `key: value` above them, which cannot hold them. */
export interface StrayIndent {
  /** Where the lines begin. */
  readonly starts: readonly number[];
  /** Spaces that each has too many. */
  readonly extra: number;
  /** Spaces that the line above begins with. */
  readonly indent: number;
  /** The text with the lines where they belong: every value keeps its place, only keys move. */
  readonly text: string;
}

/** Of a line whose `\r`, if any, still stands. */
const entry = /^( *)([\w-]+:)( +\S.*|)\r?$/;

/**
 * The one indentation that is surely wrong: below `key: value`, entries that begin deeper. Undefined where a value may go
 * on over lines, or where it is not as plain as that.
 */
export function strayIndent(text: string): StrayIndent | undefined {
  const lines = text.split('\n');
  let offset = 0;
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1];
    const [, above = '', , value = ''] = entry.exec(line) ?? [];
    const below = next === undefined ? undefined : entry.exec(next);
    const extra = (below?.[1]?.length ?? 0) - above.length;
    offset += line.length + 1;
    // Brackets, quotes, block texts and anchors may go on below.
    if (!below || extra <= 0 || !/^ +[\w./]/.test(value)) continue;
    let end = index + 1;
    while (end < lines.length && lines[end]!.startsWith(below[1]!)) end++;
    const stray = lines.slice(index + 1, end);
    if (!stray.every((one) => entry.test(one))) return undefined;
    // Spaces go from before the key to behind its colon.
    const moved = stray.map((one) => one.slice(extra).replace(/:(\s|$)/, `:${' '.repeat(extra)}$1`));
    const whole = [...lines.slice(0, index + 1), ...moved, ...lines.slice(end)].join('\n');
    const starts = stray.map((_, count) => offset + stray.slice(0, count).join('\n').length + Math.min(count, 1));
    return { starts, extra, indent: above.length, text: whole };
  }
  return undefined;
}
