import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { ValuePath } from '../../problems/finding.ts';
import { shortName, showValue } from '../../problems/showValue.ts';
import { decodeUtf8 } from './decode.ts';
import type { Diagnostic, Fix } from './diagnostic.ts';
import { type LineIndex, lineIndex } from './lineIndex.ts';
import { nestingLimit, tooDeep } from './nesting.ts';
import { adoptShallow, type Declares, type ShallowIndent } from './shallowIndent.ts';
import { type StrayIndent, strayIndent } from './strayIndent.ts';
import { separateUnfinishedKeys } from './unfinishedKeys.ts';
import { explainYamlError } from './yamlMessages.ts';

/** Larger texts are refused: a config names its data files, it does not hold them. */
export const maxConfigBytes = 1024 * 1024;

/** Values that all aliases of a config may expand to, taken together. */
const maxAliasedValues = 2000;

/** `<<: *common` takes the keys of another mapping, or of several, where they are not set here. */
const mergeKey = '<<';

/** Keys of the config itself that are free for its author: places for anchors. */
const ownPrefix = 'x-';

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is merged: a mapping or several, the first one last, for it goes before the others. */
const mergedParts = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.toReversed() : [value]);

/** A config text read as YAML: as much value as there is, and everything wrong with the writing. */
export interface ParsedConfig {
  readonly text: string;
  readonly lines: LineIndex;
  /** YAML's tree with source ranges; undefined for a text that is empty or was refused. */
  readonly root: Node | undefined;
  /** Plain data: objects, lists, text, numbers, booleans, null. */
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a config text. Never throws: bytes that are not UTF-8, bad YAML, duplicate keys, several documents, too much
 * nesting or alias expansion become diagnostics, and the rest of the text is still read.
 * @param declares which keys the text may have: for where a wrongly indented one belongs
 */
export function parseConfig(source: string | Uint8Array, declares?: Declares): ParsedConfig {
  const { text, invalidAt, encoding } = typeof source === 'string' ? { text: source } : decodeUtf8(source);
  const lines = lineIndex(text);
  const refuse = (code: string, offset: number, message: string): ParsedConfig => ({
    text,
    lines,
    root: undefined,
    value: undefined,
    diagnostics: [{ severity: 'error', code, message, range: lines.range(offset, offset + 1), path: [] }],
  });

  const bytes = typeof source === 'string' ? source.length : source.byteLength;
  if (bytes > maxConfigBytes) {
    return refuse(
      'config-too-large',
      0,
      `a config must be at most ${maxConfigBytes / 1024} KB, got ${Math.ceil(bytes / 1024)} KB; keep data in files and name them under data`,
    );
  }
  if (invalidAt !== undefined) {
    return refuse('not-utf8', invalidAt, `must be UTF-8 text, got ${encoding}; save the file as UTF-8`);
  }
  const deepAt = tooDeep(text);
  if (deepAt !== undefined) {
    return refuse('nested-too-deeply', deepAt, `lists and mappings must nest at most ${nestingLimit} deep, got more`);
  }

  // `uniqueKeys` compares every key with every other; duplicates are found below with a set instead.
  const parse = (one: string) => parseDocument(one, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const written = parse(text);
  const stray = written.errors.some(({ code }) => code === 'BLOCK_AS_IMPLICIT_KEY') ? strayIndent(text) : undefined;
  const document = stray === undefined ? written : parse(stray.text);
  const diagnostics: Diagnostic[] = stray === undefined ? [] : [strayDiagnostic(stray, lines)];
  const root = document.contents ?? undefined;
  const shallow = document.errors.some(({ code }) => code === 'BAD_INDENT') ? adoptShallow(root, lines, declares) : [];
  diagnostics.push(...shallow.map((one) => shallowDiagnostic(one, lines)));
  const told = new Set(shallow.flatMap(({ starts }) => starts));
  // The library names the first blank line or comment above an entry.
  const lineOfEntry = (at: number): number => {
    const above = /^([ \t]*(#.*)?\r?\n)*/.exec(text.slice(at))![0].length;
    return lines.lineStart(lines.position(at + above).line);
  };
  for (const error of [...document.errors, ...document.warnings]) {
    if (error.code !== 'BAD_INDENT' || !told.has(lineOfEntry(error.pos[0])))
      diagnostics.push({ severity: 'error', path: [], ...explainYamlError(error, text, lines) });
  }
  if (document.errors.some(({ code }) => code === 'MULTILINE_IMPLICIT_KEY')) separateUnfinishedKeys(root, text);
  const value = root === undefined ? undefined : readValue(root, lines, diagnostics);
  return { text, lines, root, value, diagnostics };
}

/** One wrong indentation is one error: the rest is read as if it were right. */
function strayDiagnostic({ starts, extra, indent }: StrayIndent, lines: LineIndex): Diagnostic {
  const [at = 0] = starts;
  const range = lines.range(at, at + indent + extra);
  return {
    severity: 'error',
    code: 'stray-indent',
    message: `must begin with ${spaces(indent)} as the line above does, got ${indent + extra}; only a key without a value holds lines below it`,
    range,
    path: [],
    fixes: [
      {
        title: `Begin with ${spaces(indent)}`,
        edits: starts.map((start) => ({ range: lines.range(start, start + extra), newText: '' })),
      },
    ],
  };
}

function shallowDiagnostic({ starts, missing, indent, beside }: ShallowIndent, lines: LineIndex): Diagnostic {
  const [at = 0] = starts;
  return {
    severity: 'error',
    code: 'stray-indent',
    message: `must begin with ${spaces(indent)} as ${beside === undefined ? 'the entries above do' : `${shortName(beside)} does`}, got ${indent - missing}`,
    range: lines.range(at, at + indent - missing),
    path: [],
    fixes: [
      {
        title: `Begin with ${spaces(indent)}`,
        edits: starts.map((start) => ({
          range: lines.range(start, start + Math.max(-missing, 0)),
          newText: ' '.repeat(Math.max(missing, 0)),
        })),
      },
    ],
  };
}

const spaces = (count: number): string => (count === 0 ? 'no space' : count === 1 ? '1 space' : `${count} spaces`);

function readValue(root: Node, lines: LineIndex, diagnostics: Diagnostic[]): unknown {
  const anchors = new Map<string, Node>();
  let aliasedValues = 0;
  const report = (code: string, message: string, node: unknown, path: ValuePath, fixes: readonly Fix[] = []): void => {
    const range = (node as Node | null)?.range ?? [0, 0];
    const found = { severity: 'error', code, message, range: lines.range(range[0], range[1]), path } as const;
    diagnostics.push({ ...found, ...(fixes.length > 0 && { fixes }) });
  };

  const read = (node: unknown, path: ValuePath, within: readonly unknown[]): unknown => {
    if ((within.length > 0 || isAlias(node)) && ++aliasedValues > maxAliasedValues + 1) return null;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        report(
          'unknown-alias',
          `*${shortName(node.source)} must name an anchor set before it; write &${shortName(node.source)}`,
          node,
          path,
        );
        return null;
      }
      if (within.includes(target)) {
        report('alias-loop', `*${shortName(node.source)} must not contain itself; write the value out`, node, path);
        return null;
      }
      const before = aliasedValues;
      const value = read(target, path, [...within, target]);
      if (within.length === 0 && aliasedValues > maxAliasedValues && before <= maxAliasedValues) {
        report(
          'alias-expansion',
          `aliases must expand to at most ${maxAliasedValues} values in all, got more; write the values out`,
          node,
          path,
        );
      }
      return value;
    }
    if (within.length === 0 && (isSeq(node) || isMap(node) || isScalar(node)) && node.anchor !== undefined) {
      anchors.set(node.anchor, node);
    }
    if (isSeq(node)) return node.items.map((item, index) => read(item, [...path, index], within));
    if (!isMap(node)) return isScalar(node) ? node.value : null;

    const seen = new Map<string, Node>();
    const entries: [string, unknown][] = [];
    const merged: [string, unknown][] = [];
    for (const pair of node.items) {
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
        const word = isScalar(pair.key) && pair.key.value !== null ? pair.key.source : undefined;
        const nothing = pair.key === null || isScalar(pair.key) ? 'nothing' : 'a list or mapping';
        const got = word === undefined ? nothing : `${shortName(word)}; put it in quotes`;
        report('key-not-text', `a key must be text, got ${got}`, pair.key, path);
        continue;
      }
      const key = pair.key.value;
      const first = seen.get(key);
      if (first !== undefined && within.length === 0) {
        const line = lines.position(first.range?.[0] ?? 0).line;
        report(
          'duplicate-key',
          `${shortName(key)} must appear once, got it again (first on line ${line}); remove one`,
          pair.key,
          [...path, key],
          removeLines(pair, node, lines),
        );
        continue;
      }
      seen.set(key, pair.key);
      const value = read(pair.value, [...path, key], within);
      if (key === mergeKey) {
        const parts = mergedParts(value);
        // An alias that leads nowhere is null, and told already.
        const isWrong = parts.some((part) => part !== null && !isMapping(part));
        if (within.length === 0 && (isWrong || (value === null && !isAlias(pair.value)))) {
          const rule = `must be *NAME of a mapping, or a list of such, got ${showValue(value)}; write the * before the name`;
          report('merge-of-no-mapping', rule, pair.value ?? pair.key, [...path, key]);
        }
        merged.push(...parts.filter(isMapping).flatMap((part) => Object.entries(part)));
      } else if (path.length > 0 || !key.startsWith(ownPrefix)) entries.push([key, value]);
    }
    // `fromEntries` defines own properties, so a key `__proto__` stays a key; of two, the later one counts.
    return Object.fromEntries([...merged, ...entries]);
  };
  return read(root, [], []);
}

/** Takes the lines of an entry away; inside brackets a person had better do it. */
function removeLines({ key, value }: Pair, map: YAMLMap, lines: LineIndex): readonly Fix[] {
  if (map.flow === true) return [];
  const [start, keyEnd] = (key as Node).range ?? [0, 0];
  const first = lines.position(start);
  // A block's value ends where the next line begins.
  const end = lines.position(Math.max(keyEnd, (value as Node | null)?.range?.[1] ?? keyEnd));
  const last = end.column === 1 && end.line > first.line ? end.line - 1 : end.line;
  const range = lines.range(lines.lineStart(first.line), lines.lineStart(last + 1));
  return [{ title: 'Remove this entry', edits: [{ range, newText: '' }] }];
}
