import * as z from 'zod';
import { type Component, unknownPart } from './tokenizerParts.ts';

/** A place in an encoded sequence: special tokens, or one of the texts. */
export type TemplateItem =
  | { readonly kind: 'special'; readonly ids: readonly number[]; readonly type: number }
  | { readonly kind: 'text'; readonly text: 0 | 1; readonly type: number };

/** Where special tokens go around one text and around two. */
export interface SequenceTemplate {
  readonly single: readonly TemplateItem[];
  readonly pair: readonly TemplateItem[];
}

const idPair = z.tuple([z.string(), z.int()]);
const around = z.looseObject({ cls: idPair, sep: idPair });
const item = z.union([
  z.object({ SpecialToken: z.object({ id: z.string(), type_id: z.int().nonnegative().default(0) }) }),
  z.object({ Sequence: z.object({ id: z.enum(['A', 'B']), type_id: z.int().nonnegative().default(0) }) }),
]);
const processing = z.looseObject({
  single: z.array(item),
  pair: z.array(item),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int().nonnegative()) })),
});
const sequence = z.looseObject({ processors: z.array(z.looseObject({ type: z.string() })) });

const processors = ['BertProcessing', 'RobertaProcessing', 'TemplateProcessing', 'ByteLevel', 'Sequence'];

const text = (which: 0 | 1, type = 0): TemplateItem => ({ kind: 'text', text: which, type });
const special = (id: number, type = 0): TemplateItem => ({ kind: 'special', ids: [id], type });

/**
 * The template of a post-processor of `tokenizer.json`; without one, texts simply follow each other.
 * @throws Error when it is of an unknown kind or not well formed.
 */
export function sequenceTemplate(processor: Component | null): SequenceTemplate {
  switch (processor?.type) {
    case undefined:
    case 'ByteLevel':
      return { single: [text(0)], pair: [text(0), text(1, 1)] };
    case 'BertProcessing': {
      const { cls, sep } = around.parse(processor);
      const single = [special(cls[1]), text(0), special(sep[1])];
      return { single, pair: [...single, text(1, 1), special(sep[1], 1)] };
    }
    case 'RobertaProcessing': {
      const { cls, sep } = around.parse(processor);
      const single = [special(cls[1]), text(0), special(sep[1])];
      return { single, pair: [...single, special(sep[1]), text(1), special(sep[1])] };
    }
    case 'TemplateProcessing': {
      const { single, pair, special_tokens: specials } = processing.parse(processor);
      const read = (items: z.infer<typeof item>[]): TemplateItem[] =>
        items.map((entry) => {
          if ('Sequence' in entry) return text(entry.Sequence.id === 'A' ? 0 : 1, entry.Sequence.type_id);
          const { id, type_id: type } = entry.SpecialToken;
          const known = specials[id];
          if (!known) throw new Error(`post_processor: the special token ${id} has no ids`);
          return { kind: 'special', ids: known.ids, type };
        });
      return { single: read(single), pair: read(pair) };
    }
    case 'Sequence': {
      const { processors } = sequence.parse(processor);
      const deciding = processors.filter(({ type }) => type !== 'ByteLevel');
      if (deciding.length > 1) throw new Error('post_processor: a sequence may hold one template, got more');
      return sequenceTemplate(deciding[0] ?? null);
    }
    default:
      throw unknownPart('post_processor', String(processor?.type), processors);
  }
}

/** How many special tokens a template adds. */
export const specialCount = (template: readonly TemplateItem[]): number =>
  template.reduce((sum, entry) => sum + (entry.kind === 'special' ? entry.ids.length : 0), 0);

/**
 * How much of each of two texts stays when they may have `room` tokens in all: the longer one is cut until both are
 * equally long, then both. The same lengths as the `tokenizers` library's `longest_first`.
 */
export function longestFirst(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const short = Math.min(first, second);
  let long = short > room ? short : Math.max(short, room - short);
  let kept = short;
  if (kept + long > room) {
    kept = Math.floor(room / 2);
    long = kept + (room % 2);
  }
  return first > second ? [long, kept] : [kept, long];
}
