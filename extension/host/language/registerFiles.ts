import { isDeepStrictEqual } from 'node:util';
import {
  type Command,
  Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type ExtensionContext,
  extensions,
  languages,
  type TextDocument,
  Uri,
  workspace,
} from 'vscode';
import type { Environment } from '../../config/checks/environment.ts';
import type { CompletionRules } from '../../config/editor/complete.ts';
import type { Hover } from '../../config/editor/hover.ts';
import type { Inlay } from '../../config/editor/lens.ts';
import { dataEndings } from '../../config/schema/dataFormat.ts';
import type { Diagnostic as Finding } from '../../config/text/diagnostic.ts';
import type { Severity } from '../../problems/finding.ts';
import type { SettingName } from '../editor/settingsTable.ts';
import { type CheckedText, type CheckRules, FileChecks, type FileReport } from './checks/fileChecks.ts';
import { type Estimator, FileEstimates } from './checks/fileEstimates.ts';
import { type FileKind, fileText, isOfKind, selectorOf } from './checks/fileKinds.ts';
import { withoutForeignFindings } from './checks/foreignFindings.ts';
import { codeActionKinds, FileCodeActions } from './providers/codeActionProvider.ts';
import { completionTriggers, FileCompletions } from './providers/completionProvider.ts';
import { editorRange } from './providers/editorRange.ts';
import { ReadingAids } from './providers/readingAids.ts';

/** The editor's services for files of one kind. */
interface FileSupport<Checked extends CheckedText, Facts, Estimate> {
  readonly environment: (folder: string) => Promise<Environment>;
  /** Told of what should not have happened. */
  onError(error: unknown): void;
  readonly rules: CheckRules<Checked, Facts>;
  readonly completion: CompletionRules;
  readonly estimate: Estimator<Estimate>;
  /** Whether a file can be started as it is, so that what it needs can be told. */
  isReady(facts: Facts): boolean;
  lenses(report: FileReport<Checked, Facts>, estimate: Estimate | undefined): readonly Command[];
  inlays(report: FileReport<Checked, Facts>): readonly Inlay[];
  hover(report: FileReport<Checked, Facts>, offset: number): Hover | undefined;
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** Settings that an estimate hangs on. */
const estimateSettings = ['executor', 'device', 'threads', 'nodePath'] as const satisfies readonly SettingName[];

/** Files whose change may change what is wrong with a file: data, a model's sizes, and the configs of sweeps. */
const watched = `**/*.{${[...dataEndings, 'peft.yaml', 'peft.yml'].join()}}`;

/**
 * Makes files of a kind known to the editor.
 * @returns what checks a document completely, its files and its model too, and shows what is wrong in the editor
 */
export function registerFiles<Checked extends CheckedText, Facts, Estimate>(
  context: Pick<ExtensionContext, 'subscriptions'>,
  kind: FileKind,
  support: FileSupport<Checked, Facts, Estimate>,
): (document: TextDocument) => Promise<readonly Finding[]> {
  const { environment, onError, rules, estimate } = support;
  const collection = languages.createDiagnosticCollection(`peft-lab ${kind.languageId}`);
  const told = new Map<string, readonly Finding[]>();
  const checks = new FileChecks(rules, {
    environment,
    onError,
    publish: (key, report) => {
      const uri = Uri.parse(key, true);
      const document = workspace.textDocuments.find((candidate) => candidate.uri.toString() === key);
      // A newer version is on its way here.
      if (document === undefined || document.version !== report.version) return;
      const found = shown(kind, document, report.diagnostics);
      // Told the same again, the editor would drop the list of cures that somebody has just asked for.
      if (!isDeepStrictEqual(found, told.get(key))) collection.set(uri, found.map(editorDiagnostic));
      told.set(key, found);
      aids.refresh();
      if (report.isComplete && support.isReady(report.facts) && uri.scheme === 'file' && !document.isDirty) {
        estimates.want({ file: uri.fsPath, text: document.getText() });
      }
    },
  });
  const estimates = new FileEstimates<Estimate>({ estimate, publish: () => aids.refresh(), onError });
  const reportOf = (document: TextDocument) => checks.report(fileText(document));
  const aids = new ReadingAids({
    lenses: (document) =>
      support.lenses(reportOf(document), estimates.of({ file: document.uri.fsPath, text: document.getText() })),
    inlays: (document) => support.inlays(reportOf(document)),
    hover: (document, offset) => support.hover(reportOf(document), offset),
    parsed: (document) => reportOf(document).checked.parsed,
  });

  const look = (document: TextDocument): void => {
    if (isOfKind(kind, document)) checks.changed(fileText(document));
  };
  const forget = (document: TextDocument): void => {
    checks.close(document.uri.toString());
    collection.delete(document.uri);
    told.delete(document.uri.toString());
  };
  const selector = selectorOf(kind);
  const watcher = workspace.createFileSystemWatcher(watched);
  const lookAgain = (): void => {
    estimates.forget();
    checks.worldChanged();
  };
  const filesChanged = ({ fsPath }: Uri): void => {
    // Programs write into a workspace all the time, runs above all.
    for (const key of checks.worldChanged(fsPath)) estimates.forget(Uri.parse(key, true).fsPath);
  };

  context.subscriptions.push(
    collection,
    checks,
    estimates,
    aids,
    watcher,
    watcher.onDidCreate(filesChanged),
    watcher.onDidChange(filesChanged),
    watcher.onDidDelete(filesChanged),
    workspace.onDidChangeConfiguration((event) => {
      if (estimateSettings.some((name) => event.affectsConfiguration(`peftLab.${name}`))) lookAgain();
    }),
    // Nothing was estimated without it.
    workspace.onDidGrantWorkspaceTrust(lookAgain),
    workspace.onDidOpenTextDocument(look),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) look(document);
    }),
    // A changed file is estimated once it is saved.
    workspace.onDidSaveTextDocument((document) => {
      if (isOfKind(kind, document)) checks.worldChanged();
    }),
    // Closing is also what the editor says when a document gets another language.
    workspace.onDidCloseTextDocument(forget),
    languages.registerCompletionItemProvider(
      selector,
      new FileCompletions(support.completion, environment),
      ...completionTriggers,
    ),
    languages.registerCodeActionsProvider(selector, new FileCodeActions(reportOf), {
      providedCodeActionKinds: codeActionKinds,
    }),
    languages.registerCodeLensProvider(selector, aids),
    languages.registerInlayHintsProvider(selector, aids),
    languages.registerHoverProvider(selector, aids),
    languages.registerDocumentSymbolProvider(selector, aids, { label: 'PEFT Lab' }),
  );
  for (const document of workspace.textDocuments) look(document);
  return async (document) => (await checks.complete(fileText(document))).diagnostics;
}

function shown(kind: FileKind, { languageId }: TextDocument, diagnostics: readonly Finding[]): readonly Finding[] {
  const isForeign = languageId !== kind.languageId && extensions.getExtension('redhat.vscode-yaml')?.isActive === true;
  return isForeign ? withoutForeignFindings(diagnostics) : diagnostics;
}

function editorDiagnostic({ severity, code, message, range }: Finding): Diagnostic {
  const result = new Diagnostic(editorRange(range), message, severities[severity]);
  result.source = 'PEFT Lab';
  result.code = code;
  if (code === 'unused-key') result.tags = [DiagnosticTag.Unnecessary];
  return result;
}
