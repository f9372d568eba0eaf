import {
  type CompletionContext,
  CompletionItem,
  CompletionItemKind,
  type CompletionItemProvider,
  MarkdownString,
  type Position,
  SnippetString,
  type TextDocument,
} from 'vscode';
import type { Environment } from '../../../config/checks/environment.ts';
import { type Completion, type CompletionRules, complete, type Listing } from '../../../config/editor/complete.ts';
import { fileText } from '../checks/fileKinds.ts';
import { editorRange } from './editorRange.ts';

const kinds: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  config: CompletionItemKind.Snippet,
  key: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  method: CompletionItemKind.Function,
  preset: CompletionItemKind.Module,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
  column: CompletionItemKind.Field,
};

export const completionTriggers = [' ', ':', '/', '"', "'", '[', '{', ','];

/** In a text that lies nowhere there are no files to offer. */
const nothing: Listing = { listFolder: async () => undefined, columns: async () => undefined };

/** Keys, words, methods, paths and columns at the cursor. */
export class FileCompletions implements CompletionItemProvider {
  readonly #rules: CompletionRules;
  readonly #environment: (folder: string) => Promise<Environment>;

  constructor(rules: CompletionRules, environment: (folder: string) => Promise<Environment>) {
    this.#rules = rules;
    this.#environment = environment;
  }

  async provideCompletionItems(
    document: TextDocument,
    position: Position,
    _token: unknown,
    { triggerCharacter }: Pick<CompletionContext, 'triggerCharacter'>,
  ): Promise<CompletionItem[]> {
    const before = document.lineAt(position).text.slice(0, position.character);
    // A space asks for a value behind a colon or a dash, and is indentation or part of a text elsewhere.
    if (triggerCharacter === ' ' && !/[:,[{-] $/.test(before)) return [];
    const { text, folder } = fileText(document);
    const listing = folder === undefined ? nothing : await this.#environment(folder);
    const completions = await complete(text, document.offsetAt(position), listing, this.#rules);
    return completions.map(completionItem);
  }
}

function completionItem(completion: Completion, index: number): CompletionItem {
  const { label, kind, insertText, filterText, caret, detail, documentation, range } = completion;
  const item = new CompletionItem(label, kinds[kind]);
  item.range = editorRange(range);
  item.filterText = insertText.startsWith(' ') ? ` ${filterText}` : filterText;
  item.insertText = caret === undefined ? insertText : leavingCaret(insertText, caret);
  // Lines that are inserted carry their own indentation.
  item.keepWhitespace = true;
  // As declared: what matters comes first.
  item.sortText = String(index).padStart(4, '0');
  item.detail = detail;
  if (documentation !== '') item.documentation = new MarkdownString(documentation);
  if (kind === 'folder' || insertText.endsWith(': ')) {
    item.command = { command: 'editor.action.triggerSuggest', title: 'Suggest what follows' };
  }
  return item;
}

const leavingCaret = (text: string, caret: number): SnippetString =>
  new SnippetString().appendText(text.slice(0, caret)).appendTabstop(0).appendText(text.slice(caret));
