import {
  CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type CodeActionProvider,
  type Diagnostic as EditorDiagnostic,
  type Range,
  type TextDocument,
  WorkspaceEdit,
} from 'vscode';
import { distinctFixes } from '../../../config/editor/distinctFixes.ts';
import { safeFixes } from '../../../config/editor/safeFixes.ts';
import type { Fix } from '../../../config/text/diagnostic.ts';
import type { FileReport } from '../checks/fileChecks.ts';
import { editorEdits, editorRange } from './editorRange.ts';

type ReportOf = (
  document: TextDocument,
) => Pick<FileReport<{ readonly value: unknown }, unknown>, 'diagnostics' | 'checked'>;

const fixAll = CodeActionKind.SourceFixAll.append('peftLab');

export const codeActionKinds = [CodeActionKind.QuickFix, fixAll];

/** The cures that findings carry, each named after its result, and all safe ones together. */
export class FileCodeActions implements CodeActionProvider {
  readonly #reportOf: ReportOf;

  constructor(reportOf: ReportOf) {
    this.#reportOf = reportOf;
  }

  provideCodeActions(document: TextDocument, range: Range, { only, diagnostics }: CodeActionContext): CodeAction[] {
    const report = this.#reportOf(document);
    const together = safeFixes(report.diagnostics, report.checked.value);
    if (only !== undefined && !only.contains(CodeActionKind.QuickFix)) {
      return together !== undefined && only.intersects(fixAll) ? [action(document, together, fixAll)] : [];
    }
    const here = report.diagnostics.filter((finding) => editorRange(finding.range).intersection(range) !== undefined);
    const single = distinctFixes(here).map(({ fix, cures, isOnly }) => {
      const cured = diagnostics.filter((shown) =>
        cures.some(({ code, range: at }) => shown.code === code && shown.range.isEqual(editorRange(at))),
      );
      return action(document, fix, CodeActionKind.QuickFix, cured, isOnly);
    });
    return together === undefined || single.length === 0
      ? single
      : [...single, action(document, together, CodeActionKind.QuickFix)];
  }
}

function action(
  document: TextDocument,
  fix: Fix,
  kind: CodeActionKind,
  diagnostics: readonly EditorDiagnostic[] = [],
  isPreferred = false,
): CodeAction {
  const result = new CodeAction(fix.title, kind);
  result.edit = new WorkspaceEdit();
  result.edit.set(document.uri, editorEdits(fix));
  result.diagnostics = [...diagnostics];
  result.isPreferred = isPreferred;
  return result;
}
