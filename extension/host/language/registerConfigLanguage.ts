import { isDeepStrictEqual } from 'node:util';
import {
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
import { dataEndings } from '../../config/schema/dataFormat.ts';
import type { Diagnostic as Finding } from '../../config/text/diagnostic.ts';
import type { Severity } from '../../problems/finding.ts';
import { cachedWorld } from './cachedWorld.ts';
import { ConfigCodeActions, codeActionKinds } from './codeActionProvider.ts';
import { ConfigCompletions, completionTriggers } from './completionProvider.ts';
import { ConfigChecks, type ConfigReport } from './configChecks.ts';
import { configLanguageId, configSelector, configText, isConfig } from './configDocuments.ts';
import { ConfigEstimates, type Estimator } from './configEstimates.ts';
import { editorRange } from './editorRange.ts';
import { withoutForeignFindings } from './foreignFindings.ts';
import { ReadingAids } from './readingAids.ts';

export interface ConfigLanguageDependencies {
  /** Gives the reader of files and models for configs of a folder; called when the first config is looked at. */
  loadWorld(): Promise<(folder: string) => Environment>;
  /** Starts the config in front: what the line above a config calls. */
  readonly startCommand: string;
  /** Tells what the run of a saved config would need. */
  readonly estimate: Estimator;
  /** Told of what should not have happened. */
  onError(error: unknown): void;
}

export interface ConfigLanguage {
  /** Checks a document completely, its files and its model too, and shows what is wrong in the editor. */
  check(document: TextDocument): Promise<ConfigReport>;
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** Files whose change may change what is wrong with a config: data and a model's sizes. */
const watched = `**/*.{${dataEndings.join()}}`;

/** Makes configs a language of the editor: findings, cures, completion, hovers, counts, outline. */
export function registerConfigLanguage(
  context: Pick<ExtensionContext, 'subscriptions'>,
  { loadWorld, startCommand, estimate, onError }: ConfigLanguageDependencies,
): ConfigLanguage {
  const collection = languages.createDiagnosticCollection('peft-lab');
  const told = new Map<string, readonly Finding[]>();
  const environment = environments(loadWorld);
  const checks = new ConfigChecks({
    environment,
    onError,
    publish: (key, report) => {
      const uri = Uri.parse(key, true);
      const document = workspace.textDocuments.find((candidate) => candidate.uri.toString() === key);
      // A newer version is on its way here.
      if (document === undefined || document.version !== report.version) return;
      const found = shown(document, report.diagnostics);
      // Told the same again, the editor would drop the list of cures that somebody has just asked for.
      if (!isDeepStrictEqual(found, told.get(key))) collection.set(uri, found.map(editorDiagnostic));
      told.set(key, found);
      aids.refresh();
      if (report.config !== undefined && uri.scheme === 'file' && !document.isDirty) {
        estimates.want({ file: uri.fsPath, text: document.getText() });
      }
    },
  });
  const estimates = new ConfigEstimates({ estimate, publish: () => aids.refresh(), onError });
  const aids = new ReadingAids(checks, estimates, startCommand);

  const look = (document: TextDocument): void => {
    if (isConfig(document)) checks.changed(configText(document));
  };
  const forget = (document: TextDocument): void => {
    checks.close(document.uri.toString());
    collection.delete(document.uri);
    told.delete(document.uri.toString());
  };
  const watcher = workspace.createFileSystemWatcher(watched);
  const filesChanged = ({ path }: Uri): void => {
    // Runs write their own files all the time.
    if (path.includes('/.peft-lab/')) return;
    estimates.forget();
    checks.worldChanged();
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
    workspace.onDidOpenTextDocument(look),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) look(document);
    }),
    // What was typed is estimated once it is saved.
    workspace.onDidSaveTextDocument((document) => {
      if (isConfig(document)) checks.worldChanged();
    }),
    // Closing is also what the editor says when a document gets another language.
    workspace.onDidCloseTextDocument(forget),
    languages.registerCompletionItemProvider(configSelector, new ConfigCompletions(environment), ...completionTriggers),
    languages.registerCodeActionsProvider(configSelector, new ConfigCodeActions(checks), {
      providedCodeActionKinds: codeActionKinds,
    }),
    languages.registerCodeLensProvider(configSelector, aids),
    languages.registerInlayHintsProvider(configSelector, aids),
    languages.registerHoverProvider(configSelector, aids),
    languages.registerDocumentSymbolProvider(configSelector, aids, { label: 'PEFT Lab' }),
  );
  for (const document of workspace.textDocuments) look(document);
  return { check: async (document) => await checks.complete(configText(document)) };
}

/** One reader with its memory per folder. */
function environments(loadWorld: ConfigLanguageDependencies['loadWorld']): (folder: string) => Promise<Environment> {
  const known = new Map<string, Environment>();
  return async (folder) => {
    const worldOf = await loadWorld();
    const environment = known.get(folder) ?? cachedWorld(worldOf(folder), folder);
    known.set(folder, environment);
    return environment;
  };
}

function shown({ languageId }: TextDocument, diagnostics: readonly Finding[]): readonly Finding[] {
  const isForeign = languageId !== configLanguageId && extensions.getExtension('redhat.vscode-yaml')?.isActive === true;
  return isForeign ? withoutForeignFindings(diagnostics) : diagnostics;
}

function editorDiagnostic({ severity, code, message, range }: Finding): Diagnostic {
  const result = new Diagnostic(editorRange(range), message, severities[severity]);
  result.source = 'PEFT Lab';
  result.code = code;
  if (code === 'unused-key') result.tags = [DiagnosticTag.Unnecessary];
  return result;
}
