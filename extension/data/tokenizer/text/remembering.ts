const mostKept = 1 << 17;
const longestKept = 64;

/** The same function with the results for short texts kept, so many at a time: words come again and again. */
export function remembering(encode: (text: string) => readonly number[]): (text: string) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (text) => {
    const kept = known.get(text);
    if (kept) return kept;
    const ids = encode(text);
    if (text.length <= longestKept) {
      if (known.size >= mostKept) known.clear();
      // A copy: the text itself would keep the whole block of the file alive that it was cut from.
      known.set(Buffer.from(text, 'utf16le').toString('utf16le'), ids);
    }
    return ids;
  };
}
