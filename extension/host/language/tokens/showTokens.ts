import { basename } from 'node:path';
import {
  type Disposable,
  MarkdownString,
  Range,
  type TextDocument,
  type TextEditor,
  ThemeColor,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import { checkConfig } from '../../../config/checks/check.ts';
import { checkAgainstWorld } from '../../../config/checks/checkWorld.ts';
import type { Environment } from '../../../config/checks/environment.ts';
import type { ResolvedConfig } from '../../../config/resolved/resolve.ts';
import type { RowViewer, TokenMark, ViewedRow } from '../../../tasks/rows/rowView.ts';
import { TextPage } from '../../editor/textPage.ts';
import { configKind, fileText, isOfKind } from '../checks/fileKinds.ts';
import { type TokensDocument, tokensDocument } from './tokensDocument.ts';

interface TokensDependencies {
  /** Remembers what it read of files for as long as they stay as they are. */
  worldOf(folder: string): Promise<Environment>;
  openRowViewer(config: ResolvedConfig, baseFolder: string): Promise<RowViewer>;
}

/** A config that was checked, and its rows. */
interface OpenConfig {
  readonly config: ResolvedConfig;
  readonly viewer: RowViewer;
}

const isConfig = (document: TextDocument): boolean => isOfKind(configKind, document);

const scheme = 'peft-lab-tokens';
const firstRows = 5;

/** Shows what becomes of rows beside what is in front: of a config's first rows, or of the row under the cursor. */
export class TokensView implements Disposable {
  readonly #dependencies: TokensDependencies;
  readonly #page = new TextPage({ scheme, title: 'Tokens', language: scheme });
  #shown: TokensDocument = { text: '', stretches: [] };
  readonly #looks = new Map<string, ReturnType<typeof window.createTextEditorDecorationType>>();
  readonly #parts: readonly Disposable[];

  constructor(dependencies: TokensDependencies) {
    this.#dependencies = dependencies;
    this.#parts = [
      this.#page,
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) this.#paint(editor);
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        for (const editor of window.visibleTextEditors) if (editor.document === document) this.#paint(editor);
      }),
    ];
    for (const mark of ['loss', 'context', 'cut'] as const) {
      for (const isOdd of [false, true]) this.#looks.set(`${mark} ${isOdd}`, look(mark, isOdd));
    }
  }

  dispose(): void {
    for (const part of [...this.#parts, ...this.#looks.values()]) part.dispose();
  }

  /** @throws Error that says what is missing */
  async show(): Promise<void> {
    const editor = window.activeTextEditor;
    if (!editor) throw new Error('Show Tokens needs a config or a JSONL file in front; open one');
    const { document } = editor;
    if (isConfig(document)) await this.#showConfig(document);
    else await this.#showLine(document, editor.selection.active.line);
  }

  async #showConfig(document: TextDocument): Promise<void> {
    const opened = await this.#open(document);
    if (!opened) throw new Error('Show Tokens needs a config without errors, whose model is here; see Problems');
    const { viewer, config } = opened;
    await this.#present(config.data.train.file, await viewer.first(firstRows), config.data.max_length);
  }

  async #showLine(document: TextDocument, line: number): Promise<void> {
    const { fsPath } = document.uri;
    let problem: unknown;
    for (const candidate of workspace.textDocuments.filter(isConfig)) {
      // A config that cannot be opened may be about other data.
      const opened = await this.#open(candidate).catch((error: unknown) => {
        problem ??= error;
      });
      const row = opened?.viewer.line(fsPath, line + 1, document.lineAt(line).text);
      if (row) return await this.#present(basename(fsPath), [row], opened!.config.data.max_length);
    }
    if (problem !== undefined) throw problem;
    throw new Error(
      `Show Tokens needs a config, or a JSONL file that an open config without errors names, got ${basename(fsPath)}; open the config`,
    );
  }

  /** With its text, its model and its data as they now are; undefined where it has an error, or its model is not here. */
  async #open(document: TextDocument): Promise<OpenConfig | undefined> {
    const { text, folder } = fileText(document);
    if (folder === undefined) return undefined;
    // Obstacles in the weights do not matter here.
    const { training: _, ...world } = await this.#dependencies.worldOf(folder);
    const { config } = await checkAgainstWorld(checkConfig(text), world);
    return config && { config, viewer: await this.#dependencies.openRowViewer(config, folder) };
  }

  async #present(file: string, rows: readonly ViewedRow[], maxLength: number): Promise<void> {
    this.#shown = tokensDocument(file, rows, maxLength);
    this.#paint(await this.#page.show(this.#shown.text, { viewColumn: ViewColumn.Beside, preserveFocus: true }));
  }

  #paint(editor: TextEditor): void {
    const { text, stretches } = this.#shown;
    if (editor.document.uri.scheme !== scheme || editor.document.getText() !== text) return;
    for (const [name, type] of this.#looks) {
      const own = stretches.filter(({ mark, isOdd }) => `${mark} ${isOdd}` === name);
      editor.setDecorations(
        type,
        own.map(({ start, end, hover }) => ({
          range: new Range(editor.document.positionAt(start), editor.document.positionAt(end)),
          hoverMessage: new MarkdownString().appendText(hover),
        })),
      );
    }
  }
}

const colours: Readonly<Record<TokenMark, { readonly color?: ThemeColor; readonly backgroundColor?: ThemeColor }>> = {
  loss: { backgroundColor: new ThemeColor('diffEditor.insertedTextBackground') },
  context: { color: new ThemeColor('descriptionForeground') },
  cut: { backgroundColor: new ThemeColor('diffEditor.removedTextBackground') },
};

/** Every second token has a line under it; what is cut is struck through, so that no colour is needed to see it. */
function look(mark: TokenMark, isOdd: boolean) {
  const lines = [...(mark === 'cut' ? ['line-through'] : []), ...(isOdd ? ['underline dotted'] : [])];
  return window.createTextEditorDecorationType({
    ...colours[mark],
    ...(mark === 'loss' && { fontWeight: 'bold' }),
    ...(lines.length > 0 && { textDecoration: lines.join(' ') }),
  });
}
