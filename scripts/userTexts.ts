/**
 * Lists every text in the sources that a person may see, by file and line: `node scripts/run.mjs scripts/userTexts.ts`.
 * `-- --errors` lists the messages of errors alone, `-- --uncured` those that do not say what to do.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

export interface UserText {
  readonly file: string;
  readonly line: number;
  /** Values stand as `…`. */
  readonly text: string;
  readonly isError: boolean;
}

/** A node of a syntax tree, as far as it is looked at here. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const root = fileURLToPath(new URL('../', import.meta.url));

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';

const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] => Object.values(node).flat().filter(isNode);

/** A string, template, or sum of these as one text; undefined for anything else. */
function textOf(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? node.value : undefined;
    case 'TemplateLiteral': {
      const quasis = node.quasis as { value: { cooked: string } }[];
      return quasis.map(({ value }) => value.cooked).join('…');
    }
    case 'BinaryExpression': {
      if (node.operator !== '+') return undefined;
      const [left, right] = [textOf(node.left as SyntaxNode), textOf(node.right as SyntaxNode)];
      return left === undefined && right === undefined ? undefined : `${left ?? '…'}${right ?? '…'}`;
    }
    default:
      return undefined;
  }
}

/** A sentence or a part of one: three words, two spaces. Import paths, keys and class names have fewer. */
const isProse = (text: string): boolean => (text.match(/[A-Za-z]{2,}/g) ?? []).length >= 3 && / \S+ /.test(text);

/** Errors of the language are faults of the program: whoever sees one is told to report it. */
/** These take their cure as an argument of its own. */
const takesCure = ['DataError', 'MethodError', 'FileRefusal'];

const isToldError = (name: string): boolean =>
  /(Error|Refusal)$/.test(name) && !/^(Type|Range|Reference|Syntax)/.test(name) && !takesCure.includes(name);

/** Functions by which the checks of configs, sweeps and methods report a problem at a key. */
const reporting = ['add', 'error', 'failed', 'problemAt'];

/** Whether a node makes an error or reports one; undefined for nodes that are no part of that question. */
function isErrorMade({ type, callee, key }: SyntaxNode): boolean | undefined {
  // The title of a cure, not of a problem.
  if (type === 'Property' && isNode(key) && key.name === 'title') return false;
  const name = isNode(callee) && typeof callee.name === 'string' ? callee.name : undefined;
  if (name === undefined) return undefined;
  if (type === 'NewExpression') return isToldError(name);
  return type === 'CallExpression' && reporting.includes(name) ? true : undefined;
}

function textsOf(file: string): readonly UserText[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const found: UserText[] = [];
  const visit = (node: SyntaxNode, isError: boolean): void => {
    if (node.type === 'ImportDeclaration') return;
    const text = textOf(node);
    if (text !== undefined && isProse(text)) {
      found.push({ file, line: source.slice(0, node.start).split('\n').length, text, isError });
    }
    const isInside = isErrorMade(node) ?? isError;
    // Parts of a text that is listed as a whole are not listed again, but what is put into it is.
    if (text === undefined || node.type === 'TemplateLiteral')
      for (const child of childrenOf(node)) visit(child, isInside && text === undefined);
  };
  const program = parseAst(source, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as SyntaxNode;
  visit(program, false);
  return found;
}

/** Every text of extension and page, in the order of files and lines. */
export const userTexts = (): readonly UserText[] =>
  ['extension', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.includes('generated'))
      .sort()
      .flatMap((name) => textsOf(path.join(folder, name))),
  );

/** Whether a message says what to do: after a semicolon, as every message of this project has it. */
export const saysCure = (text: string): boolean => text.includes('; ');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [kind] = process.argv.slice(2).filter((word) => word !== '--');
  const wanted = ({ isError, text }: UserText): boolean =>
    kind === undefined || (isError && (kind === '--errors' || !saysCure(text)));
  for (const { file, line, text } of userTexts().filter(wanted)) {
    console.log(`${file}:${line}: ${text.replaceAll('\n', '\\n')}`);
  }
}
