import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Cure, type ValuePath, valueAt } from '../../problems/finding.ts';
import type { TextEdit } from './diagnostic.ts';
import { locate, type Place } from './locate.ts';
import type { ParsedConfig } from './parse.ts';

/** The edit of a text that a cure asks for; undefined where the text has no place for it. */
export function cureEdit(parsed: ParsedConfig, path: ValuePath, cure: Cure): TextEdit | undefined {
  switch (cure.do) {
    case 'set':
      return replaceValue(parsed, locate(parsed, cure.at ?? path), cure.text);
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
  if (!isNothing(root)) return undefined;
  const marker = /^---.*(\r?\n|$)/m.exec(text);
  const at = marker === null ? 0 : marker.index + marker[0].length;
  const isInLine = marker?.[1] === '';
  return { range: lines.range(at, at), newText: isInLine ? `\n${newLines}` : newLines };
}

function put(parsed: ParsedConfig, { into, key, text, name }: Cure & { readonly do: 'put' }): TextEdit | undefined {
  const place = locate(parsed, into);
  const holder = valueAt(parsed.value, into);
  if (name !== undefined && holder === name) return replaceValue(parsed, place, `${name}: {${key}: ${text}}`);
  if (name !== undefined && holder === null) return replaceValue(parsed, place, `{${key}: ${text}}`);
  const { node, exact } = place;
  if (!exact || !isMap(node) || !node.range) return undefined;
  if (node.has(key)) return replaceValue(parsed, locate(parsed, [...into, key]), text);
  const flow = node.flow === true;
  const at = parsed.lines.position(node.range[0] + (flow ? 1 : 0));
  const separator = flow ? (node.items.length > 0 ? ', ' : '') : `\n${' '.repeat(at.column - 1)}`;
  return { range: { start: at, end: at }, newText: `${key}: ${text}${separator}` };
}

/** Writes in place of a value, or after a key that has none; undefined where a comment or an anchor would be lost. */
function replaceValue(
  { text, lines }: ParsedConfig,
  { exact, key, value, empty, node }: Place,
  newText: string,
): TextEdit | undefined {
  if (!exact) return undefined;
  if (empty !== undefined) {
    // Behind `? key`, a colon on the same line would belong to the key.
    const isMarked = text.slice(0, key.start.offset).trimEnd().endsWith('?');
    if (!isNothing(node) || (isMarked && !empty.hasColon)) return undefined;
    return { range: { start: empty.at, end: empty.at }, newText: `${empty.hasColon ? ' ' : ': '}${newText}` };
  }
  // YAML counts the line break behind a block to the block.
  const written = text.slice(value.start.offset, value.end.offset).replace(/[ \t\r\n]+$/, '');
  const end = value.start.offset + written.length;
  const isQuoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
  if (!isQuoted && comment.test(written)) return undefined;
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  if (!isBlock) return { range: lines.range(value.start.offset, end), newText };
  // A value of one line cannot stand where the dashes of a list may: it goes behind the colon.
  const start = text.slice(0, value.start.offset).trimEnd().length;
  if (comment.test(text.slice(lines.lineStart(lines.position(start).line), start))) return undefined;
  return { range: lines.range(start, end), newText: ` ${newText}` };
}

const comment = /(^|\s)#/;

/** Whether not a word of a value is written. */
const isNothing = (node: Node | undefined): boolean =>
  node === undefined ||
  (isScalar(node) && node.value === null && !node.anchor && !node.tag && node.range?.[0] === node.range?.[1]);
