/** What a terminal obeys instead of showing it: C0 but line feed and tab, DEL, C1, and what turns text around. */
const obeyed = '[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]';

const shownAsCode = (text: string, characters: RegExp): string =>
  text.replace(characters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Text as a terminal may be given it: names and messages come from files that anyone may have written, and an escape
 * character in them shows as `\u001b`. In JSON that is the same character still.
 */
export const plain = (text: string): string => shownAsCode(text, new RegExp(obeyed, 'g'));

/** The same for what has a place in a line of its own, a name or a cell: it does not begin another. */
export const plainInLine = (text: string): string => shownAsCode(text, new RegExp(`${obeyed}|[\\n\\t]`, 'g'));
