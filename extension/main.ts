import { type ExtensionContext, type TextDocument, window, workspace } from 'vscode';
import { once } from './host/editor/once.ts';
import { Reporter } from './host/editor/report.ts';
import { cachedWorlds } from './host/language/checks/cachedWorld.ts';
import { configKind, isOfKind, sweepKind } from './host/language/checks/fileKinds.ts';
import { registerRuns } from './host/registerRuns.ts';

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel('PEFT Lab', { log: true });
  const reporter = new Reporter(log);
  // Loaded with the first config or run that is looked at, so that a window opens fast.
  const worldOf = cachedWorlds(async () => (await import('./data/world.ts')).worldOf);
  const { estimateRun, estimateSweep } = registerRuns(context, {
    reporter,
    check: async (document) => (await languages()).check(document),
    worldOf,
    lookUpModel: async (model, folder) => (await import('./data/world.ts')).lookUpModel(model, folder),
    showTokens: async () => (await tokens()).show(),
    previewData: async (...given) => (await import('./data/rows/previewData.ts')).previewData(...given),
  });
  // Loaded with the first config or sweep that is opened or started.
  const languages = once(async () => {
    const { registerLanguages } = await import('./host/language/registerLanguages.ts');
    return registerLanguages(context, { environment: worldOf, estimateRun, estimateSweep, onError: reporter.note });
  });
  const tokens = once(async () => {
    const [{ TokensView }, { openRowViewer }] = await Promise.all([
      import('./host/language/tokens/showTokens.ts'),
      import('./data/rows/rowViewer.ts'),
    ]);
    const view = new TokensView({ worldOf, openRowViewer });
    context.subscriptions.push(view);
    return view;
  });
  const look = async (document: TextDocument): Promise<void> => {
    if (isOfKind(configKind, document) || isOfKind(sweepKind, document)) await languages().catch(reporter.show);
  };
  context.subscriptions.push(log, workspace.onDidOpenTextDocument(look));
  for (const document of workspace.textDocuments) await look(document);
}
