/** The place of a tag's word in a span: beginning, inside, end, or alone. */
type SpanPart = 'B' | 'I' | 'E' | 'S';

/** A tag as its scheme reads it; null is outside of all spans. */
export type SpanTag = { readonly part: SpanPart; readonly type: string } | null;

/** How tags spell spans. */
export interface TagScheme {
  read(tag: string): SpanTag;
}

/** Letters of each scheme with what they mean; IOB is IOB1, IOB2 and IO, IOE is IOE1 and IOE2. The first that fits is taken. */
const schemes: readonly Readonly<Record<string, SpanPart>>[] = [
  { B: 'B', I: 'I' }, // IOB
  { I: 'I', E: 'E' }, // IOE
  { B: 'B', I: 'I', E: 'E', S: 'S' }, // BIOES
  { B: 'B', I: 'I', L: 'E', U: 'S' }, // BILOU
  { B: 'B', M: 'I', E: 'E', S: 'S' }, // BMES
  { B: 'B', M: 'I', E: 'E', W: 'S' }, // BMEW
];

const outside = /^[Oo]$/;

/** The label of words outside of all spans. */
export const outsideLabel = (labels: readonly string[]): string | undefined =>
  labels.find((label) => outside.test(label));

/** Where a tag has its letter: `B-PER`, `PER-B`, or the letter alone. Each gives letter and type. */
const spellings: readonly ((tag: string) => readonly [letter: string, type: string] | undefined)[] = [
  (tag) => pairOf(/^(?<letter>[A-Za-z])[-_](?<type>.+)$/su.exec(tag)),
  (tag) => pairOf(/^(?<type>.+)[-_](?<letter>[A-Za-z])$/su.exec(tag)),
  (tag) => (/^[A-Z]$/.test(tag) ? [tag, ''] : undefined),
];

const pairOf = (match: RegExpExecArray | null): readonly [string, string] | undefined =>
  match === null ? undefined : [match.groups!.letter!.toUpperCase(), match.groups!.type!];

/** The scheme that all labels of a set follow; undefined where tags are no spans (parts of speech, types alone, numbers). */
export function tagSchemeOf(labels: readonly string[]): TagScheme | undefined {
  const marks = labels.filter((label) => !outside.test(label));
  for (const spelling of spellings) {
    const pairs = marks.map(spelling);
    const letters = new Set(pairs.map((pair) => pair?.[0]));
    // Letters alone may mean anything, unless something begins or goes on: B and I are in nearly all schemes.
    const isClear = spelling !== spellings[2] || letters.has('B') || letters.has('I');
    const parts = schemes.find((known) => [...letters].every((letter) => letter !== undefined && letter in known));
    if (marks.length === 0 || !isClear || parts === undefined) continue;
    return {
      read(tag) {
        const [letter = '', type = ''] = spelling(tag) ?? [];
        const part = parts[letter];
        return part === undefined ? null : { part, type };
      },
    };
  }
  return undefined;
}
