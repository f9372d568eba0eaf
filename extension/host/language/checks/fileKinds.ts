import { dirname } from 'node:path';
import { type DocumentSelector, type TextDocument, workspace } from 'vscode';
import type { FileText } from './fileChecks.ts';

/** A kind of file that the editor knows, also where a user has given it another language. */
export interface FileKind {
  readonly languageId: string;
  readonly pattern: RegExp;
  readonly glob: string;
  /** The ending that names a new file so. */
  readonly ending: string;
}

export const configKind: FileKind = {
  languageId: 'peft-yaml',
  pattern: /\.peft\.ya?ml$/i,
  glob: '**/*.peft.{yaml,yml}',
  ending: '.peft.yaml',
};

export const sweepKind: FileKind = {
  languageId: 'peft-sweep-yaml',
  pattern: /\.sweep\.ya?ml$/i,
  glob: '**/*.sweep.{yaml,yml}',
  ending: '.sweep.yaml',
};

/** Documents of a kind: by language, or by name where another extension took the language. */
export const selectorOf = ({ languageId, glob }: FileKind): DocumentSelector => [
  { language: languageId, scheme: 'file' },
  { language: languageId, scheme: 'untitled' },
  { pattern: glob, scheme: 'file' },
];

/** Whether a document is of a kind. */
export const isOfKind = (
  { languageId: wanted, pattern }: FileKind,
  { languageId, uri }: Pick<TextDocument, 'languageId' | 'uri'>,
): boolean =>
  (uri.scheme === 'file' && (languageId === wanted || pattern.test(uri.path))) ||
  (uri.scheme === 'untitled' && languageId === wanted);

/** A document as the checks see it; an untitled one lies in the first workspace folder. */
export function fileText(document: TextDocument): FileText {
  const { uri, version } = document;
  const folder = uri.scheme === 'file' ? dirname(uri.fsPath) : workspace.workspaceFolders?.[0]?.uri.fsPath;
  return { key: uri.toString(), version, text: document.getText(), folder };
}
