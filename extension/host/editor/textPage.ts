import {
  Disposable,
  EventEmitter,
  languages,
  type TextDocumentShowOptions,
  type TextEditor,
  Uri,
  window,
  workspace,
} from 'vscode';

/** The address and title of a page of text. */
interface PageLooks {
  readonly scheme: string;
  readonly title: string;
  /** Language of the text; one that the manifest knows. */
  readonly language?: string;
}

/** A text that is to be read, not saved. */
export class TextPage {
  readonly #changed = new EventEmitter<Uri>();
  readonly #registered: Disposable;
  readonly #looks: PageLooks;
  readonly #page: Uri;
  #text = '';

  constructor(looks: PageLooks) {
    const { scheme, title } = looks;
    this.#looks = looks;
    this.#page = Uri.from({ scheme, path: title });
    this.#registered = Disposable.from(
      this.#changed,
      workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: () => this.#text,
      }),
    );
  }

  /** The editor may still have the text before this one. */
  async show(text: string, options: TextDocumentShowOptions = {}): Promise<TextEditor> {
    this.#text = text.trimEnd();
    this.#changed.fire(this.#page);
    const document = await workspace.openTextDocument(this.#page);
    const { language } = this.#looks;
    const shown = language === undefined ? document : await languages.setTextDocumentLanguage(document, language);
    return await window.showTextDocument(shown, { preview: true, ...options });
  }

  dispose(): void {
    this.#registered.dispose();
  }
}
