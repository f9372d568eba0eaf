import { type ExtensionContext, window } from 'vscode';
import { commandId } from './host/commands/commandTable.ts';
import { registerConfigLanguage } from './host/language/registerConfigLanguage.ts';
import { registerRuns } from './host/registerRuns.ts';
import { Reporter } from './host/report.ts';

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('PEFT Lab', { log: true });
  const reporter = new Reporter(log);
  // Loaded with the first config or run that is looked at, so that a window opens fast.
  const loadWorld = async () => (await import('./trainer/session/world.ts')).worldOf;
  const language = registerConfigLanguage(context, {
    loadWorld,
    startCommand: commandId('startLnTuning'),
    onError: reporter.note,
  });
  registerRuns(context, {
    language,
    reporter,
    worldOf: async (folder) => (await loadWorld())(folder),
    previewData: async (file) => (await import('./trainer/session/previewData.ts')).previewData(file),
  });
  context.subscriptions.push(log);
}
