import { presets } from '../../methods/presets.ts';
import { isReference, methods } from '../../methods/registry.ts';
import { valueAt } from '../../problems/finding.ts';
import type { KeyInfo, PathKind } from '../../problems/keyInfo.ts';
import { findTask, knownTask, type TaskName } from '../../tasks/registry.ts';
import { columnKeys } from '../../tasks/task.ts';
import { usualMetrics } from '../../tasks/taskMetrics.ts';
import type { Environment } from '../checks/environment.ts';
import { splitFormat, splitNames, writtenFile } from '../resolved/resolve.ts';
import { textEncodings } from '../schema/dataSchema.ts';
import { infoAt } from '../schema/keyTable.ts';
import { skeleton } from '../schema/skeleton.ts';
import { type Cursor, cursorAt, type Quote } from '../text/cursor.ts';
import type { TextRange } from '../text/diagnostic.ts';
import { parseConfig } from '../text/parse.ts';
import { isPlainText } from '../text/plainText.ts';
import { entryFormula, usualFamily } from './entryFormula.ts';
import { configFile, type FileKeys } from './fileKeys.ts';
import { hubModels } from './hubModels.ts';
import { pathChoices } from './pathChoices.ts';

export interface Completion {
  readonly label: string;
  readonly kind: 'config' | 'key' | 'value' | 'method' | 'preset' | 'file' | 'folder' | 'column';
  /** Replaces `range`. */
  readonly insertText: string;
  readonly range: TextRange;
  /** The text that the typed word is compared with: the label, or the whole path as it would be typed here. */
  readonly filterText: string;
  /** Where in `insertText` the cursor ends, when not behind it: a folder is left open for what lies in it. */
  readonly caret?: number;
  /** Type, or what it tunes, on one line. */
  readonly detail: string;
  /** Markdown. */
  readonly documentation: string;
}

/** The files and models that completion looks at. */
export type Listing = Pick<Environment, 'listFolder' | 'columns'>;

/** What may be written at a cursor. */
export type Draft = Omit<Completion, 'range' | 'filterText'> & { readonly filterText?: string };

/** The rules of one kind of file, for completion. */
export interface CompletionRules extends FileKeys {
  /** The text of a new file. */
  readonly whole: Draft;
  /** Suggestions that the keys alone do not give. */
  special(text: string, cursor: Cursor, listing: Listing): Promise<readonly Draft[] | undefined>;
}

/**
 * Suggestions at a cursor: keys not yet there, allowed words, methods and presets with their options, paths, and
 * the columns of the data file. Filtering by what is typed is left to the editor.
 */
export async function complete(
  text: string,
  offset: number,
  listing: Listing,
  rules: CompletionRules = configCompletion,
): Promise<readonly Completion[]> {
  const cursor = cursorAt(text, offset);
  if (cursor === undefined) return [];
  const drafts = await draftsAt(text, cursor, listing, rules);
  const space = cursor.needsSpace ? ' ' : '';
  return drafts.map((draft) => ({
    filterText: draft.label,
    ...draft,
    insertText: space + draft.insertText,
    ...(draft.caret !== undefined && { caret: space.length + draft.caret }),
    range: cursor.word,
  }));
}

async function draftsAt(
  text: string,
  cursor: Cursor,
  listing: Listing,
  rules: CompletionRules,
): Promise<readonly Draft[]> {
  const { path, kind } = cursor;
  const isEntry = rules.isMethod(path);
  if (kind === 'key') {
    // `- prefix|: {length: 8}`
    if (isEntry) return methodDrafts('', cursor.hasColon ? '' : ': ');
    return keyDrafts(rules.infoAt(path), cursor, rules.whole);
  }
  if (isEntry) {
    const newItem = path.length === 1 && !cursor.besideKey && !cursor.inFlow;
    return methodDrafts(newItem ? '- ' : '', '');
  }
  const info = rules.infoAt(path);
  if (info === undefined) return [];
  const special = await rules.special(text, cursor, listing);
  if (special !== undefined) return special;
  // A mapping's first key, on the line below its name.
  const opensMapping = info.children.size > 0 && !cursor.besideKey;
  if (opensMapping) return keyDrafts(info, cursor, rules.whole);
  if (info.completes !== undefined) return pathDrafts(cursor, info.completes, listing);
  return valueDrafts(info);
}

/** Suggestions for values of a config. */
export const configCompletion: CompletionRules = {
  ...configFile,
  whole: {
    label: 'a whole config',
    kind: 'config',
    insertText: skeleton,
    detail: 'model, task, data and methods',
    documentation: `\`\`\`yaml\n${skeleton}\`\`\``,
  },
  special: async (text, cursor, listing) => {
    const key = cursor.path.join('.');
    if (key === 'task') return taskDrafts(infoAt(cursor.path)!);
    if (key === 'training.early_stopping.metric') return metricDrafts(text, infoAt(cursor.path)!);
    return await columnDrafts(text, cursor, listing);
  },
};

/** Those that must be written first; before the first key of a config, all of them at once. */
function keyDrafts(info: KeyInfo | undefined, cursor: Cursor, whole: Draft): readonly Draft[] {
  const written = new Set(cursor.siblings);
  const isEmpty = cursor.path.length === 0 && written.size === 0 && !cursor.inFlow && !cursor.hasColon;
  const keys = [...(info?.children ?? [])]
    .filter(([key]) => !written.has(key))
    .toSorted(([, a], [, b]) => Number(b.required) - Number(a.required))
    .map(
      ([key, child]): Draft => ({
        label: key,
        kind: 'key',
        insertText: key + (cursor.hasColon ? '' : afterKey(child, cursor)),
        detail: child.rule,
        documentation: documentation(child),
      }),
    );
  return isEmpty ? [whole, ...keys] : keys;
}

/** The text after a new key: the start of a mapping on the next line, or room for the value. */
function afterKey(info: KeyInfo, cursor: Cursor): string {
  const opensBlock = info.children.size > 0 && info.shorthandFor === undefined && !cursor.inFlow;
  return opensBlock ? `:\n${' '.repeat(cursor.word.start.column + 1)}` : ': ';
}

function methodDrafts(before: string, after: string): readonly Draft[] {
  const named = [
    ...methods.map((method) => ({ entry: method, kind: 'method' as const })),
    ...presets.map((preset) => ({ entry: preset, kind: 'preset' as const })),
  ];
  const rank = ({ entry }: (typeof named)[number]): number => Number(isReference(entry.name));
  return named
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ entry, kind }) => ({
      label: entry.name,
      kind,
      insertText: before + entry.name + after,
      detail: `${entry.title}: ${entryFormula(entry.name)} on ${usualFamily}`,
      documentation: entry.findings === undefined ? entry.summary : `${entry.summary}\n\n> ${entry.findings}`,
    }));
}

/** The words that a value may be, or its default. */
export function valueDrafts(info: KeyInfo): readonly Draft[] {
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

/** Each task with what it learns. */
const taskDrafts = (info: KeyInfo): readonly Draft[] =>
  valueDrafts(info).map((draft) => {
    const { title, summary } = findTask(draft.label as TaskName);
    return { ...draft, detail: title, documentation: summary };
  });

/** The metrics of the config's task. */
function metricDrafts(text: string, info: KeyInfo): readonly Draft[] {
  const task = knownTask(valueAt(parseConfig(text).value, ['task']));
  const [main, ...rest] = task === undefined ? [] : usualMetrics(task);
  return [main, 'loss', ...rest].flatMap((label) =>
    label === undefined
      ? []
      : [
          {
            label,
            kind: 'value',
            insertText: label,
            detail: label === main ? 'default' : '',
            documentation: documentation(info),
          },
        ],
  );
}

async function pathDrafts({ typed, quote }: Cursor, wanted: PathKind, listing: Listing): Promise<readonly Draft[]> {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  const choices = await pathChoices(wanted, folder, listing);
  const drafts = choices.map(({ name, kind, fits }): Draft => {
    const path = folder + name + (fits ? '' : '/');
    const insertText = writeText(path, quote);
    const isQuotedHere = insertText.startsWith("'") && quote === undefined;
    const caret = path.endsWith('/') && isQuotedHere ? { caret: insertText.length - 1 } : {};
    const filterText = quote === undefined ? path : insertText;
    return { label: name, kind, insertText, filterText, ...caret, detail: fits ? wanted : kind, documentation: '' };
  });
  return wanted === 'model' && folder === '' ? [...drafts, ...hubDrafts(quote)] : drafts;
}

/** Models that are known to work, by their ids on the hub. */
const hubDrafts = (quote: Quote | undefined): readonly Draft[] =>
  hubModels.map(({ id, detail }) => ({
    label: id,
    kind: 'value',
    insertText: writeText(id, quote),
    detail: 'on the hub',
    documentation: detail,
  }));

/** Columns of the data file that `data.label` or `data.train.label` speaks of; undefined for other keys. */
async function columnDrafts(
  text: string,
  { path, quote }: Cursor,
  listing: Listing,
): Promise<readonly Draft[] | undefined> {
  if (path[0] !== 'data' || !columnKeys.some((key) => key === path.at(-1)) || path.length > 3) return undefined;
  const value = parseConfig(text).value as { data?: Record<string, unknown> } | null | undefined;
  const data = value?.data;
  const split = data?.[path.length === 3 ? String(path[1]) : 'train'];
  const own: Record<string, unknown> = typeof split === 'object' && split !== null ? { ...split } : { file: split };
  const name = splitNames.find((one) => one === path[1]) ?? 'train';
  const file = writtenFile(
    name,
    Object.fromEntries(Object.entries(own).filter(([, value]) => typeof value === 'string')),
  );
  if (data === undefined || file === undefined) return [];
  const format = splitFormat(data.format, own.format, file);
  const said = (key: string): unknown => (own[key] === undefined ? data[key] : own[key]);
  const written = said('delimiter');
  const delimiter = typeof written === 'string' ? written : null;
  const encoding = textEncodings.find((known) => known === said('encoding'));
  const given = said('columns');
  const named = Array.isArray(given) ? { columns: given.map(String) } : {};
  const columns =
    format && (await listing.columns({ file, format, delimiter, ...named, ...(encoding && { encoding }) }));
  return (columns ?? []).map((column) => ({
    label: column,
    kind: 'column',
    insertText: writeText(column, quote),
    ...(quote !== undefined && { filterText: writeText(column, quote) }),
    detail: `column of ${file}`,
    documentation: '',
  }));
}

/** Text as YAML: inside the quotes that are there, or plain where YAML reads it as this very text, else quoted. */
function writeText(text: string, quote: Quote | undefined): string {
  if (quote?.mark === '"') return JSON.stringify(text).slice(1, -1);
  const single = text.replaceAll("'", "''");
  return quote !== undefined || isPlainText(text) ? single : `'${single}'`;
}

const documentation = (info: KeyInfo): string =>
  info.finding === undefined ? info.description : `${info.description}\n\n> ${info.finding}`;
