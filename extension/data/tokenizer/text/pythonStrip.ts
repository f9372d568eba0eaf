import { type parse, parse as parsed, tokenize } from '@huggingface/jinja';
import { whitespace } from './characterClasses.ts';

type Program = ReturnType<typeof parse>;

/** A node of a parsed template. */
type Node = Record<string, unknown> & { readonly type: string };

/** Names that no template can give anything, for the functions below. */
const functionOf: Readonly<Record<string, string>> = { strip: ' strip', lstrip: ' lstrip', rstrip: ' rstrip' };

/**
 * A template in which `.strip()`, `.lstrip()`, `.rstrip()` and the filter `trim` take away what Python takes away, from
 * `stripFunctions`. The library's take no argument, and JavaScript's white space, which has U+FEFF and lacks U+0085.
 */
export function withPythonStrip(program: Program): Program {
  visit(program);
  return program;
}

/** For a template's environment. */
export const stripFunctions: Readonly<Record<string, (text: unknown, characters?: unknown) => string>> = {
  [functionOf.strip!]: (text, characters) => stripped(text, characters, true, true),
  [functionOf.lstrip!]: (text, characters) => stripped(text, characters, true, false),
  [functionOf.rstrip!]: (text, characters) => stripped(text, characters, false, true),
};

function visit(value: unknown): void {
  if (Array.isArray(value)) value.forEach(visit);
  else if (value instanceof Map) for (const [key, item] of value) [key, item].forEach(visit);
  else if (typeof value === 'object' && value !== null && 'type' in value) {
    rewrite(value as Node);
    Object.values(value).forEach(visit);
  }
}

/** `a.strip(b)` to `strip(a, b)`, and `a | trim` to `strip(a)`. */
function rewrite(node: Node): void {
  const { callee, filter } = node as { readonly callee?: Node; readonly filter?: Node };
  if (node.type === 'CallExpression' && callee?.type === 'MemberExpression' && callee.computed === false) {
    const name = nameOf(callee.property as Node, functionOf);
    if (name) Object.assign(node, { callee: name, args: [callee.object, ...(node.args as Node[])] });
  } else if (node.type === 'FilterExpression' && filter) {
    const called = filter.type === 'CallExpression' ? (filter.callee as Node) : filter;
    const name = nameOf(called, { trim: functionOf.strip! });
    const args = [node.operand, ...(called === filter ? [] : (filter.args as Node[]))];
    if (name) Object.setPrototypeOf(Object.assign(node, { type: 'CallExpression', callee: name, args }), callPrototype);
  }
}

/** The identifier with the name of the function that stands for it. */
const nameOf = (identifier: Node, names: Readonly<Record<string, string>>): Node | undefined =>
  identifier.type === 'Identifier' && Object.hasOwn(names, identifier.value as string)
    ? Object.assign(identifier, { value: names[identifier.value as string] })
    : undefined;

const callPrototype: object = Object.getPrototypeOf(parsed(tokenize('{{ f() }}')).body[0]!);

const pythonSpace = new RegExp(`[${whitespace}\\u{1c}-\\u{1f}]`, 'u');

function stripped(text: unknown, characters: unknown, left: boolean, right: boolean): string {
  if (text === undefined || text === null) return '';
  const all = Array.from(String(text));
  const isTaken = (character: string) =>
    typeof characters === 'string' ? characters.includes(character) : pythonSpace.test(character);
  let [from, to] = [0, all.length];
  if (left) while (from < to && isTaken(all[from]!)) from++;
  if (right) while (to > from && isTaken(all[to - 1]!)) to--;
  return all.slice(from, to).join('');
}
