import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readGuarded, sizeLimits } from '../files/guardedFile.ts';

/** The licence of a base model, as its own card tells it. */
export interface Licence {
  readonly licence: string;
  /** Entries of a card's front matter. */
  readonly entries: Readonly<Record<string, string>>;
}

const text = z.string().min(1).max(200);
const frontMatter = z.object({ license: text, license_name: text.optional(), license_link: text.optional() });

/** Longest front matter that is read, in characters. */
const longestFrontMatter = 64 * 1024;

/** What the README.md in a model's folder says of its licence; undefined where it says nothing that can be read. */
export async function baseLicence(folder: string): Promise<Licence | undefined> {
  try {
    const card = String(await readGuarded(join(folder, 'README.md'), sizeLimits.modelJson)).slice(
      0,
      longestFrontMatter,
    );
    const yaml = /^\uFEFF?---\r?\n(.*?)\r?\n---[^\S\n]*(\n|$)/s.exec(card)?.[1];
    const read = frontMatter.safeParse(yaml === undefined ? undefined : parse(yaml));
    if (!read.success) return undefined;
    const { license, license_name: name } = read.data;
    const entries = Object.entries(read.data).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { licence: name === undefined ? license : `${license}: ${name}`, entries: Object.fromEntries(entries) };
  } catch {
    // A card is for people: one that is missing, or that no parser reads, tells no licence.
    return undefined;
  }
}
