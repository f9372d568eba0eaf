import path from 'node:path';
import { commands, Range, type TextDocument, TextEditorRevealType, window } from 'vscode';
import type { Diagnostic } from '../../config/text/diagnostic.ts';
import { formatPath } from '../../problems/finding.ts';
import { notify } from '../editor/notify.ts';
import { editorRange } from '../language/providers/editorRange.ts';

/** Whether a file has errors; shows the first of them. */
export async function showErrors(document: TextDocument, found: readonly Diagnostic[]): Promise<boolean> {
  const errors = found.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return false;
  const at = editorRange(first.range);
  const editor = await window.showTextDocument(document, { selection: new Range(at.start, at.start) });
  editor.revealRange(at, TextEditorRevealType.InCenterIfOutsideViewport);
  const file = path.basename(document.uri.fsPath);
  const key = first.path.length === 0 ? '' : ` ${formatPath(first.path)}`;
  const message =
    errors.length === 1
      ? `${file}${key}: ${`${first.message}.`.replace(/([.?!])\.$/, '$1')} Nothing was started.`
      : `${file}: has ${errors.length} problems; nothing was started.`;
  const showProblems = 'Show Problems';
  void notify.error(message, showProblems).then((chosen) => {
    if (chosen === showProblems) void commands.executeCommand('workbench.actions.view.problems');
  });
  return true;
}
