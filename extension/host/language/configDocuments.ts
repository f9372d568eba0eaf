import { dirname } from 'node:path';
import { type DocumentSelector, type TextDocument, workspace } from 'vscode';
import type { ConfigText } from './configChecks.ts';

export const configLanguageId = 'peft-yaml';

/** Configs, also where a user has given them another language. */
export const configSelector: DocumentSelector = [
  { language: configLanguageId, scheme: 'file' },
  { language: configLanguageId, scheme: 'untitled' },
  { pattern: '**/*.peft.{yaml,yml}', scheme: 'file' },
];

export const isConfig = ({ languageId, uri }: TextDocument): boolean =>
  (uri.scheme === 'file' && (languageId === configLanguageId || /\.peft\.ya?ml$/i.test(uri.path))) ||
  (uri.scheme === 'untitled' && languageId === configLanguageId);

/** A document as the checks see it; an untitled one lies in the first workspace folder. */
export function configText(document: TextDocument): ConfigText {
  const { uri, version } = document;
  const folder = uri.scheme === 'file' ? dirname(uri.fsPath) : workspace.workspaceFolders?.[0]?.uri.fsPath;
  return { key: uri.toString(), version, text: document.getText(), folder };
}
