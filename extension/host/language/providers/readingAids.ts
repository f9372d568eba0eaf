import {
  CodeLens,
  type CodeLensProvider,
  type Command,
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
import type { Hover as TextHover } from '../../../config/editor/hover.ts';
import type { Inlay } from '../../../config/editor/lens.ts';
import { type OutlineItem, outline } from '../../../config/text/outline.ts';
import type { ParsedConfig } from '../../../config/text/parse.ts';
import { editorPosition, editorRange } from './editorRange.ts';

const symbolKinds: Readonly<Record<OutlineItem['kind'], SymbolKind>> = {
  section: SymbolKind.Namespace,
  key: SymbolKind.Property,
  method: SymbolKind.Function,
};

/** Hints around a text: lines above it, texts behind its places, hovers. */
interface AidRules {
  lenses(document: TextDocument): readonly Command[];
  inlays(document: TextDocument): readonly Inlay[];
  hover(document: TextDocument, offset: number): TextHover | undefined;
  parsed(document: TextDocument): ParsedConfig;
}

/** Shows hints around a file's text: start line, counts behind methods, hovers and outline. */
export class ReadingAids implements CodeLensProvider, InlayHintsProvider, HoverProvider, DocumentSymbolProvider {
  readonly #rules: AidRules;
  readonly #changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly onDidChangeInlayHints = this.#changed.event;

  constructor(rules: AidRules) {
    this.#rules = rules;
  }

  /** Counts or findings changed. */
  refresh(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    // Without arguments: those of a line are forgotten when it is drawn anew, and a click at that moment would fail. A
    // click on it has brought its editor to the front.
    return this.#rules.lenses(document).map((command) => new CodeLens(new Range(0, 0, 0, 0), command));
  }

  provideInlayHints(document: TextDocument, range: Range): InlayHint[] {
    return this.#rules
      .inlays(document)
      .map(({ position, text }) => ({ at: editorPosition(position), text }))
      .filter(({ at }) => range.contains(at))
      .map(({ at, text }) => {
        const hint = new InlayHint(at, text);
        hint.paddingLeft = true;
        hint.tooltip = 'Numbers that this method tunes on the chosen model';
        return hint;
      });
  }

  provideHover(document: TextDocument, position: Position): Hover | undefined {
    const hover = this.#rules.hover(document, document.offsetAt(position));
    return hover && new Hover(new MarkdownString(hover.markdown), editorRange(hover.range));
  }

  provideDocumentSymbols(document: TextDocument): DocumentSymbol[] {
    return outline(this.#rules.parsed(document)).map(symbol);
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
