import type { Random } from '../../../extension/numbers/random.ts';
import { pick } from '../reviews.ts';

/** What a record says of a place; a field that is missing is not spoken of. */
export interface Place {
  readonly name: string;
  readonly kind: string;
  readonly offer: string | undefined;
  readonly price: string | undefined;
  readonly area: string | undefined;
  readonly families: string | undefined;
}

const firsts =
  'Golden Silver Old New Blue Green Red White Black Little Royal Happy Quiet Lucky Hidden Wild Crystal Sunny'.split(
    ' ',
  );
const seconds =
  'Harbour Mill Lantern Garden Crown Bridge Fox Swan Anchor Oak Bell Star Castle Rose Wheel Lion Orchard Bear'.split(
    ' ',
  );
const offers: Readonly<Record<string, readonly string[]>> = {
  restaurant: 'Italian French Indian Chinese Greek Turkish Spanish Japanese'.split(' '),
  hotel: 'modern bright warm simple grand cosy'.split(' '),
  shop: 'book tea music flower toy shoe'.split(' '),
};
const prices = ['cheap', 'fair', 'expensive'];
const areas = 'river station market museum park church beach theatre'.split(' ');

/** One name in six is kept for validation rows: neither the corpus nor a training row has it. */
function name(random: Random, isKept: boolean): string {
  for (;;) {
    const [first, second] = [random.nextInt(firsts.length), random.nextInt(seconds.length)];
    if (((first + second) % 6 === 0) === isKept) return `${firsts[first]} ${seconds[second]}`;
  }
}

/** A place of some kind, its name and at least one more thing told. */
export function place(random: Random, { kind, isKept = false }: { kind?: string; isKept?: boolean } = {}): Place {
  const ofKind = kind ?? pick(random, Object.keys(offers));
  const told = <T>(value: T): T | undefined => (random.nextFloat() < 0.75 ? value : undefined);
  const [offer, price, area] = [pick(random, offers[ofKind]!), pick(random, prices), pick(random, areas)];
  const found: Place = {
    name: name(random, isKept),
    kind: ofKind,
    offer: told(offer),
    price: told(price),
    area: told(area),
    families: told(pick(random, ['yes', 'no'])),
  };
  return found.offer || found.price || found.area ? found : { ...found, offer, area };
}

/** `name: Golden Harbour | kind: restaurant | price: cheap`. */
export const record = (found: Place): string =>
  Object.entries(found)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}: ${value}`)
    .join(' | ');

const article = (words: string): string => `${/^[aeiou]/i.test(words) ? 'an' : 'a'} ${words}`;

/** `cheap Italian restaurant`. */
const described = ({ price, offer, kind }: Place): string =>
  [price, offer, kind].filter((word) => word !== undefined).join(' ');

/** One or two sentences that say what the record says and nothing else. */
export function inWords(random: Random, found: Place): string {
  const { name, area, families } = found;
  const what = article(described(found));
  const where = area === undefined ? '' : ` near the ${area}`;
  const sentences = [
    area !== undefined && random.nextFloat() < 0.4
      ? `Near the ${area} is the ${name}, ${what}.`
      : `The ${name} is ${what}${where}.`,
  ];
  if (families === 'yes') sentences.push('Families are welcome.');
  if (families === 'no') sentences.push('It is not for families.');
  return sentences.join(' ');
}

/** Sentences about a visit that name the place again, so that there is something to remember. */
function visit(random: Random, found: Place): string {
  const { name, area, kind } = found;
  const sentences = [
    `My friends told me of the ${name}.`,
    `We went to the ${name} last week.`,
    `Everybody in town knows the ${name}.`,
    `The ${name} was full when we came.`,
    `I like the ${kind}, and I will see the ${name} again.`,
    ...(area === undefined ? [] : [`We met near the ${area} and walked to the ${name}.`]),
  ];
  return Array.from({ length: 1 + random.nextInt(2) }, () => pick(random, sentences)).join(' ');
}

/** Something to read before any tuning: lists of records, stories, and records that are put in words when asked. */
export function document(random: Random): string {
  const found = place(random);
  const many = Array.from({ length: 2 + random.nextInt(2) }, () => record(place(random)));
  const kinds = [
    () => many.join('\n'),
    () => `${inWords(random, found)} ${visit(random, found)}`,
    () => `${visit(random, found)} ${inWords(random, found)}`,
    () => `${record(found)}\nIn words: ${inWords(random, found)}`,
    () => `${record(found)}\nIn words: ${inWords(random, found)} ${visit(random, found)}`,
  ];
  return pick(random, kinds)();
}

/** Another record after a record, or its words where they are asked for. */
export function exercise(random: Random): { readonly prompt: string; readonly completion: string } {
  const found = place(random);
  const isAsked = random.nextFloat() < 0.7;
  return isAsked
    ? { prompt: `${record(found)}\nIn words:`, completion: inWords(random, found) }
    : { prompt: record(found), completion: `\n${record(place(random))}` };
}
