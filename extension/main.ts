import type { ExtensionContext } from 'vscode';
import { registerConfigLanguage } from './host/language/registerConfigLanguage.ts';

export function activate(context: ExtensionContext): void {
  registerConfigLanguage(context, {
    loadWorld: async () => (await import('./trainer/session/world.ts')).worldOf,
    startCommand: 'peftLab.startLnTuning',
    onError: (error) => console.error(error),
  });
}
