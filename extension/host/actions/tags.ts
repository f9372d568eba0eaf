/** `a, #b ,, a` → `a`, `b` */
const tagsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim().replace(/^#/, ''))
      .filter(Boolean),
  ),
];

/** The tags of one or several runs, each once, as a person edits them. */
export const tagsText = (runs: readonly (readonly string[])[]): string => tagsOf(runs.flat().join()).join(', ');

/**
 * The tags of each run once the text that `tagsText` made of them was edited: what was taken out of it leaves every run,
 * what was added to it comes to every run, and of the rest each run keeps what it had.
 */
export function editedTags(runs: readonly (readonly string[])[], text: string): readonly (readonly string[])[] {
  const before = tagsOf(runs.flat().join());
  const after = tagsOf(text);
  return runs.map((tags) => {
    const own = tagsOf(tags.join());
    return after.filter((tag) => own.includes(tag) || !before.includes(tag));
  });
}
