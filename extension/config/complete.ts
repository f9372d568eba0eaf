import { presets } from '../methods/presets.ts';
import { methods } from '../methods/registry.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import type { ConfigPath, TextRange } from './diagnostic.ts';
import type { Environment } from './environment.ts';
import type { KeyInfo } from './keyTable.ts';
import { infoAt } from './methodKeys.ts';
import { parseConfig } from './parse.ts';
import { splitFormat } from './resolve.ts';

export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'method' | 'preset' | 'file' | 'folder' | 'column';
  /** Replaces `range`. */
  readonly insertText: string;
  readonly range: TextRange;
  /** Type, or what it tunes, on one line. */
  readonly detail: string;
  /** Markdown. */
  readonly documentation: string;
}

/** What completion reads of the outside world. */
export type Listing = Pick<Environment, 'listFolder' | 'columns'>;

type Draft = Omit<Completion, 'range'>;

/**
 * What may be written at a cursor: keys not yet there, allowed words, methods and presets with their options, paths, and
 * the columns of the data file. Filtering by what is typed is left to the editor.
 */
export async function complete(text: string, offset: number, listing: Listing): Promise<readonly Completion[]> {
  const cursor = cursorAt(text, offset);
  if (cursor === undefined) return [];
  const drafts = await draftsAt(text, cursor, listing);
  const space = cursor.needsSpace ? ' ' : '';
  return drafts.map((draft) => ({ ...draft, insertText: space + draft.insertText, range: cursor.word }));
}

async function draftsAt(text: string, cursor: Cursor, listing: Listing): Promise<readonly Draft[]> {
  const { path, kind } = cursor;
  const inMethods = path[0] === 'methods';
  if (kind === 'key') {
    // `- prefix|: {length: 8}`
    if (inMethods && (path.length === 2 || path.length === 1)) return methodDrafts('', cursor.hasColon ? '' : ': ');
    return keyDrafts(infoAt(path), cursor);
  }
  if (inMethods && path.length <= 2) {
    const newItem = path.length === 1 && !cursor.besideKey && !cursor.inFlow;
    return methodDrafts(newItem ? '- ' : '', '');
  }
  const info = infoAt(path);
  if (info === undefined) return [];
  // A mapping's first key, on the line below its name.
  const opensMapping = info.children.size > 0 && !cursor.besideKey;
  if (opensMapping) return keyDrafts(info, cursor);
  const column = await columnDrafts(text, path, listing);
  if (column !== undefined) return column;
  if (info.completes !== undefined) return pathDrafts(cursor.typed, info.completes, listing);
  return valueDrafts(info);
}

function keyDrafts(info: KeyInfo | undefined, cursor: Cursor): readonly Draft[] {
  const written = new Set(cursor.siblings);
  return [...(info?.children ?? [])]
    .filter(([key]) => !written.has(key))
    .map(([key, child]) => ({
      label: key,
      kind: 'key',
      insertText: key + (cursor.hasColon ? '' : afterKey(child, cursor)),
      detail: child.rule,
      documentation: documentation(child),
    }));
}

/** What to write after a new key: the start of a mapping on the next line, or room for the value. */
function afterKey(info: KeyInfo, cursor: Cursor): string {
  const opensBlock = info.children.size > 0 && info.shorthandFor === undefined && !cursor.inFlow;
  return opensBlock ? `:\n${' '.repeat(cursor.word.start.column + 1)}` : ': ';
}

function methodDrafts(before: string, after: string): readonly Draft[] {
  const named = [
    ...methods.map((method) => ({ entry: method, kind: 'method' as const })),
    ...presets.map((preset) => ({ entry: preset, kind: 'preset' as const })),
  ];
  return named.map(({ entry, kind }) => ({
    label: entry.name,
    kind,
    insertText: before + entry.name + after,
    detail: `${entry.title}: ${entry.formula}`,
    documentation: entry.findings === undefined ? entry.summary : `${entry.summary}\n\n> ${entry.findings}`,
  }));
}

function valueDrafts(info: KeyInfo): readonly Draft[] {
  const words = info.values ?? info.items?.values ?? (info.boolean ? ['true', 'false'] : undefined);
  const plain = typeof info.default === 'number' || typeof info.default === 'string' ? [String(info.default)] : [];
  return (words ?? plain).map((word) => ({
    label: word,
    kind: 'value',
    insertText: word,
    detail: word === String(info.default) ? 'default' : '',
    documentation: documentation(info),
  }));
}

async function pathDrafts(typed: string, wanted: 'file' | 'folder', listing: Listing): Promise<readonly Draft[]> {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  const entries = await listing.listFolder(folder === '' ? '.' : folder);
  return (entries ?? [])
    .filter((entry) => !entry.name.startsWith('.') && (entry.kind === 'folder' || wanted === 'file'))
    .map(({ name, kind }) => {
      const path = folder + name;
      const text = /^[\w./-]+$/.test(path) ? path : quoted(path);
      const insertText = kind === 'folder' && wanted === 'file' && text === path ? `${path}/` : text;
      return { label: name, kind, insertText, detail: kind, documentation: '' };
    });
}

const columnKeys = new Set(['text', 'text_pair', 'tokens', 'label']);

/** Columns of the data file that `data.label` or `data.train.label` speaks of; undefined for other keys. */
async function columnDrafts(text: string, path: ConfigPath, listing: Listing): Promise<readonly Draft[] | undefined> {
  if (path[0] !== 'data' || !columnKeys.has(String(path.at(-1))) || path.length > 3) return undefined;
  const value = parseConfig(text).value as { data?: Record<string, unknown> } | null | undefined;
  const data = value?.data;
  const split = data?.[path.length === 3 ? String(path[1]) : 'train'];
  const own: Record<string, unknown> = typeof split === 'object' && split !== null ? { ...split } : { file: split };
  if (data === undefined || typeof own.file !== 'string') return [];
  const format = splitFormat(data.format, own.format, own.file);
  const delimiter = typeof data.delimiter === 'string' ? data.delimiter : null;
  const columns = format && (await listing.columns({ file: own.file, format, delimiter }));
  return (columns ?? []).map((column) => ({
    label: column,
    kind: 'column',
    insertText: /^[A-Za-z_][\w-]*$/.test(column) ? column : quoted(column),
    detail: `column of ${own.file}`,
    documentation: '',
  }));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const documentation = (info: KeyInfo): string =>
  info.finding === undefined ? info.description : `${info.description}\n\n> ${info.finding}`;
