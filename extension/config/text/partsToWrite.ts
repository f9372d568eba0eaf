import type { Cure } from '../../problems/finding.ts';

/** What a new file of a kind may begin with. */
interface Beginning {
  /** By key. */
  readonly parts: Readonly<Record<string, string>>;
  readonly whole: string;
  /** Of the cure that writes the whole. */
  readonly title: string;
}

/** A missing key, before all others; an empty file can have all of them at once. */
export function partsToWrite(key: string, value: unknown, { parts, whole, title }: Beginning): readonly Cure[] {
  const text = parts[key];
  if (text === undefined) return [];
  const all: Cure = { do: 'begin', text: whole, title };
  return [...(value == null ? [all] : []), { do: 'begin', text, title: `Add ${key}` }];
}
