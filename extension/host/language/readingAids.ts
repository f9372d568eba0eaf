import {
  CodeLens,
  type CodeLensProvider,
  DocumentSymbol,
  type DocumentSymbolProvider,
  EventEmitter,
  Hover,
  type HoverProvider,
  InlayHint,
  type InlayHintsProvider,
  MarkdownString,
  type Position,
  Range,
  SymbolKind,
  type TextDocument,
} from 'vscode';
import { hoverAt } from '../../config/editor/hover.ts';
import { methodInlays } from '../../config/editor/lens.ts';
import { startLens } from '../../config/editor/startLens.ts';
import { type OutlineItem, outline } from '../../config/text/outline.ts';
import type { ConfigChecks, ConfigReport } from './configChecks.ts';
import { configText } from './configDocuments.ts';
import type { ConfigEstimates } from './configEstimates.ts';
import { editorPosition, editorRange } from './editorRange.ts';

const symbolKinds: Readonly<Record<OutlineItem['kind'], SymbolKind>> = {
  section: SymbolKind.Namespace,
  key: SymbolKind.Property,
  method: SymbolKind.Function,
};

/** What the editor shows around a config's text: start line, counts behind methods, hovers and outline. */
export class ReadingAids implements CodeLensProvider, InlayHintsProvider, HoverProvider, DocumentSymbolProvider {
  readonly #checks: ConfigChecks;
  readonly #estimates: Pick<ConfigEstimates, 'of'>;
  readonly #startCommand: string;
  readonly #changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly onDidChangeInlayHints = this.#changed.event;

  /** @param startCommand command that starts the config in front. */
  constructor(checks: ConfigChecks, estimates: Pick<ConfigEstimates, 'of'>, startCommand: string) {
    this.#checks = checks;
    this.#estimates = estimates;
    this.#startCommand = startCommand;
  }

  /** Counts or findings changed. */
  refresh(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const { checked, diagnostics, count } = this.#report(document);
    const estimate = this.#estimates.of({ file: document.uri.fsPath, text: document.getText() });
    const { title, tooltip } = startLens(checked, diagnostics, count, estimate);
    // Without arguments: those of a line are forgotten when it is drawn anew, and a click at that moment would fail. A
    // click on it has brought its editor to the front.
    const command = { command: this.#startCommand, title, tooltip };
    return [new CodeLens(new Range(0, 0, 0, 0), command)];
  }

  provideInlayHints(document: TextDocument, range: Range): InlayHint[] {
    const { checked, count } = this.#report(document);
    if (count?.kind !== 'counted') return [];
    const counts = count.entries.map((entry) => entry?.method);
    return methodInlays(checked.parsed, counts)
      .map(({ position, text }) => ({ at: editorPosition(position), text }))
      .filter(({ at }) => range.contains(at))
      .map(({ at, text }) => {
        const hint = new InlayHint(at, text);
        hint.paddingLeft = true;
        hint.tooltip = 'Numbers that this tunes on the chosen model';
        return hint;
      });
  }

  provideHover(document: TextDocument, position: Position): Hover | undefined {
    const { checked, count } = this.#report(document);
    const facts = count?.kind === 'counted' ? count : undefined;
    const hover = hoverAt(checked.parsed, document.offsetAt(position), {
      ...(facts && { dimensions: facts.dimensions }),
      counts: ([, index]) => facts?.entries[typeof index === 'number' ? index : 0],
    });
    return hover && new Hover(new MarkdownString(hover.markdown), editorRange(hover.range));
  }

  provideDocumentSymbols(document: TextDocument): DocumentSymbol[] {
    return outline(this.#report(document).checked.parsed).map(symbol);
  }

  #report(document: TextDocument): ConfigReport {
    return this.#checks.report(configText(document));
  }
}

function symbol({ name, detail, kind, range, selection, children }: OutlineItem): DocumentSymbol {
  // The editor refuses symbols without a name.
  const result = new DocumentSymbol(
    name || '(empty)',
    detail,
    symbolKinds[kind],
    editorRange(range),
    editorRange(selection),
  );
  result.children = children.map(symbol);
  return result;
}
