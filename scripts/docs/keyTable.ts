import { entryNames } from '../../extension/methods/entries/entryOptions.ts';
import type { KeyInfo } from '../../extension/problems/keyInfo.ts';
import { showNumber } from '../../extension/problems/showValue.ts';
import { table } from './markdown.ts';

/** A sentence of a description that names a default which depends on something: `Default: one per physical core.` */
const defaultSentence = /\s*Default: ((?:`[^`]*`|[^.`]|\.(?!\s|$))+)\.(?=\s|$)/;

function defaultOf(key: string, info: KeyInfo): string {
  const value = info.default;
  if (info.required) return 'required';
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``;
  if (value !== undefined && value !== null && typeof value !== 'object') return `\`${showNumber(value)}\``;
  const said = defaultSentence.exec(info.description)?.[1];
  if (said !== undefined) return said;
  if (entryNames.includes(key)) return 'as the union sets them';
  return info.children.size > 0 && !info.rule.includes('a path') ? 'those of its keys' : 'none';
}

const descriptionOf = (key: string, { description }: KeyInfo): string =>
  description === '' && entryNames.includes(key)
    ? `Options of this part, as of [\`${key}\`](${key}.md).`
    : description.replace(defaultSentence, '').trim();

/** `one of a, b` with its words as code; a mapping without the list of its keys, which have a table of their own. */
function typeOf({ rule, values }: KeyInfo): string {
  const plain = rule.replace(/a mapping with .*/, 'a mapping');
  const [, start, list] = /^(one of |one or more of |)(.*)$/.exec(plain)!;
  if (values === undefined || list !== values.join(', ')) return plain;
  const words = values.map((value) => `\`${value}\``);
  return start === 'one of ' ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : `${start}${words.join(', ')}`;
}

/** Keys of a config with type, default and description. */
export const keyTable = (keys: ReadonlyMap<string, KeyInfo>): string =>
  table(
    ['key', 'type and range', 'default', ''],
    [...keys].map(([key, info]) => [`\`${key}\``, typeOf(info), defaultOf(key, info), descriptionOf(key, info)]),
  );
