import { type ExtensionContext, type TextDocument, window, workspace } from 'vscode';
import { commandId } from './host/commands/commandTable.ts';
import { once } from './host/editor/once.ts';
import { Reporter } from './host/editor/report.ts';
import { isConfig } from './host/language/configDocuments.ts';
import { registerRuns } from './host/registerRuns.ts';

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel('PEFT Lab', { log: true });
  const reporter = new Reporter(log);
  // Loaded with the first config or run that is looked at, so that a window opens fast.
  const loadWorld = async () => (await import('./data/world.ts')).worldOf;
  const { estimate } = registerRuns(context, {
    reporter,
    check: async (document) => (await (await language()).check(document)).diagnostics,
    worldOf: async (folder) => (await loadWorld())(folder),
    lookUpModel: async (model, folder) => (await import('./data/world.ts')).lookUpModel(model, folder),
    previewData: async (file) => (await import('./data/rows/previewData.ts')).previewData(file),
  });
  // Loaded with the first config that is opened or started.
  const language = once(async () => {
    const { registerConfigLanguage } = await import('./host/language/registerConfigLanguage.ts');
    const startCommand = commandId('startFromConfig');
    return registerConfigLanguage(context, { loadWorld, startCommand, estimate, onError: reporter.note });
  });
  const look = async (document: TextDocument): Promise<void> => {
    if (isConfig(document)) await language().catch(reporter.show);
  };
  context.subscriptions.push(log, workspace.onDidOpenTextDocument(look));
  for (const document of workspace.textDocuments) await look(document);
}
