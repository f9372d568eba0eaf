import { isMap, isScalar, type Node } from 'yaml';
import { type Cure, type ValuePath, valueAt } from '../../problems/finding.ts';
import type { TextEdit } from './diagnostic.ts';
import { locate, type Place } from './locate.ts';
import type { ParsedConfig } from './parse.ts';

/** The edit of a text that a cure asks for; undefined where the text has no place for it. */
export function cureEdit(parsed: ParsedConfig, path: ValuePath, cure: Cure): TextEdit | undefined {
  switch (cure.do) {
    case 'set':
      return replaceValue(locate(parsed, cure.at ?? path), cure.text);
    case 'rename':
      return rename(parsed, path, cure.key);
    case 'begin':
      return begin(parsed, cure.text);
    case 'put':
      return put(parsed, cure);
  }
}

function rename(parsed: ParsedConfig, path: ValuePath, newText: string): TextEdit | undefined {
  const { exact, key } = locate(parsed, path);
  // A key that was read as if it stood elsewhere is not where it seems.
  const isThere = parsed.text.slice(key.start.offset, key.end.offset).includes(String(path.at(-1)));
  return exact && isThere ? { range: key, newText } : undefined;
}

/** Writes lines before all entries, as deep as those; in a text without any, behind the line that begins the document. */
function begin({ text, root, lines }: ParsedConfig, newLines: string): TextEdit | undefined {
  if (isMap(root) && root.flow !== true && root.range) {
    const at = lines.position(root.range[0]);
    const indent = text.slice(lines.lineStart(at.line), at.offset);
    if (/[^ ]/.test(indent)) return undefined;
    return { range: { start: at, end: at }, newText: newLines.replaceAll('\n', `\n${indent}`) };
  }
  if (root !== undefined && !isNothing(root)) return undefined;
  const marker = /^---.*(\r?\n|$)/m.exec(text);
  const at = marker === null ? 0 : marker.index + marker[0].length;
  const isInLine = marker?.[1] === '';
  return { range: lines.range(at, at), newText: isInLine ? `\n${newLines}` : newLines };
}

/** A value of which not a word is written. */
const isNothing = (node: Node): boolean =>
  isScalar(node) && node.value === null && !node.anchor && !node.tag && node.range?.[0] === node.range?.[1];

function put(parsed: ParsedConfig, { into, key, text, name }: Cure & { readonly do: 'put' }): TextEdit | undefined {
  const place = locate(parsed, into);
  const holder = valueAt(parsed.value, into);
  if (name !== undefined && holder === name) return replaceValue(place, `${name}: {${key}: ${text}}`);
  if (name !== undefined && holder === null) return replaceValue(place, `{${key}: ${text}}`);
  const { node, exact } = place;
  if (!exact || !isMap(node) || !node.range) return undefined;
  if (node.has(key)) return replaceValue(locate(parsed, [...into, key]), text);
  const flow = node.flow === true;
  const at = parsed.lines.position(node.range[0] + (flow ? 1 : 0));
  const separator = flow ? (node.items.length > 0 ? ', ' : '') : `\n${' '.repeat(at.column - 1)}`;
  return { range: { start: at, end: at }, newText: `${key}: ${text}${separator}` };
}

/** Writes in place of a value, or after a key that has none. */
function replaceValue({ exact, value, empty }: Place, newText: string): TextEdit | undefined {
  if (!exact) return undefined;
  if (empty === undefined) return { range: value, newText };
  return { range: { start: empty.at, end: empty.at }, newText: `${empty.hasColon ? ' ' : ': '}${newText}` };
}
