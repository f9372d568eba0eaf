import type { MetricValues } from '../../metrics/registry.ts';

/** A run of tags of one type, positions inclusive, over all sentences joined. */
interface Entity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** `B-PER` → prefix `B`, type `PER`; the first character is the prefix, what follows the first dash after it the type. */
function split(tag: string): Tag {
  const rest = tag.slice(1);
  return { prefix: tag[0] ?? 'O', type: rest.slice(rest.indexOf('-') + 1) || '_' };
}

interface Tag {
  readonly prefix: string;
  readonly type: string;
}

function ends(before: Tag, now: Tag): boolean {
  if (before.prefix === 'E' || before.prefix === 'S') return true;
  if ((before.prefix === 'B' || before.prefix === 'I') && 'BSO'.includes(now.prefix)) return true;
  return before.prefix !== 'O' && before.prefix !== '.' && before.type !== now.type;
}

function starts(before: Tag, now: Tag): boolean {
  if (now.prefix === 'B' || now.prefix === 'S') return true;
  if ((now.prefix === 'E' || now.prefix === 'I') && 'ESO'.includes(before.prefix)) return true;
  return now.prefix !== 'O' && now.prefix !== '.' && before.type !== now.type;
}

/**
 * The entities that tags of any IOB-like scheme spell, malformed sequences included: an `I-` after nothing, or after
 * another type, begins an entity.
 * @see seqeval's default mode, after the CoNLL-2000 script `conlleval`
 */
export function entitiesOf(sentences: readonly (readonly string[])[]): Entity[] {
  const entities: Entity[] = [];
  let before: Tag = { prefix: 'O', type: '' };
  let start = 0;
  const tags = sentences.flatMap((sentence) => [...sentence, 'O']);
  tags.push('O');
  for (const [i, text] of tags.entries()) {
    const now = split(text);
    if (ends(before, now)) entities.push({ type: before.type, start, end: i - 1 });
    if (starts(before, now)) start = i;
    before = now;
  }
  return entities;
}

/**
 * entity_precision, entity_recall, entity_f1 (micro: over all entities; an entity counts when type, start and end are
 * right; 0 where undefined) and tag accuracy.
 * @see seqeval `f1_score`, `accuracy_score`
 */
export function entityMetrics(
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): MetricValues {
  const key = ({ type, start, end }: Entity) => `${type} ${start} ${end}`;
  const expected = new Set(entitiesOf(truth).map(key));
  const found = new Set(entitiesOf(predicted).map(key));
  const hits = [...found].filter((entity) => expected.has(entity)).length;
  const precision = found.size > 0 ? hits / found.size : 0;
  const recall = expected.size > 0 ? hits / expected.size : 0;
  let tags = 0;
  let right = 0;
  for (const [i, sentence] of truth.entries()) {
    tags += sentence.length;
    for (const [j, tag] of sentence.entries()) if (predicted[i]![j] === tag) right++;
  }
  return {
    entity_f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
    entity_precision: precision,
    entity_recall: recall,
    accuracy: right / tags,
  };
}
