import type { SpanTag, TagScheme } from './tagScheme.ts';

/** A run of tags of one type, positions inclusive, over all sentences joined. */
interface Entity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function ends(before: SpanTag, now: SpanTag): boolean {
  if (before === null) return false;
  if (before.part === 'E' || before.part === 'S') return true;
  return now === null || now.part === 'B' || now.part === 'S' || before.type !== now.type;
}

function starts(before: SpanTag, now: SpanTag): boolean {
  if (now === null) return false;
  if (now.part === 'B' || now.part === 'S') return true;
  return before === null || before.part === 'E' || before.part === 'S' || before.type !== now.type;
}

/**
 * The entities that tags spell, malformed sequences included: an `I-` after nothing, or after another type, begins an
 * entity. Well-formed sequences of any scheme give the same entities as its own strict rules.
 * @see seqeval's default mode, after the CoNLL-2000 script `conlleval`
 */
export function entitiesOf(sentences: readonly (readonly string[])[], scheme: TagScheme): Entity[] {
  const entities: Entity[] = [];
  let before: SpanTag = null;
  let start = 0;
  const tags = sentences.flatMap((sentence) => [...sentence.map((tag) => scheme.read(tag)), null]);
  for (const [i, now] of tags.entries()) {
    if (before !== null && ends(before, now)) entities.push({ type: before.type, start, end: i - 1 });
    if (starts(before, now)) start = i;
    before = now;
  }
  return entities;
}

/** Spans and tags of all sentences, counted: a span is found when type, start and end are right. */
export interface SpanCounts {
  readonly expected: number;
  readonly predicted: number;
  readonly hits: number;
  readonly tags: number;
  readonly rightTags: number;
}

/** Compares the tags of sentences, true and predicted. */
export function countSpans(
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  scheme: TagScheme,
): SpanCounts {
  const key = ({ type, start, end }: Entity) => `${type} ${start} ${end}`;
  const expected = new Set(entitiesOf(truth, scheme).map(key));
  const found = new Set(entitiesOf(predicted, scheme).map(key));
  let tags = 0;
  let rightTags = 0;
  for (const [i, sentence] of truth.entries()) {
    tags += sentence.length;
    for (const [j, tag] of sentence.entries()) if (predicted[i]![j] === tag) rightTags++;
  }
  const hits = [...found].filter((entity) => expected.has(entity)).length;
  return { expected: expected.size, predicted: found.size, hits, tags, rightTags };
}
