import path from 'node:path';
import { type TextDocument, workspace } from 'vscode';
import { parseConfig } from '../../config/text/parse.ts';
import { readSweep } from '../../experiments/file/readSweep.ts';
import { sizeLimits } from '../../files/guardedFile.ts';
import { readText } from '../../files/readText.ts';
import { isSamePlace } from '../../files/samePlace.ts';
import { isNamed, namedPaths } from '../language/checks/namedPaths.ts';

/**
 * Saves a config or a sweep, and what is open of the files that it names, a sweep's configs and their files too: the trainer
 * reads what is on disk.
 * @returns false where one of them was not saved
 */
export async function saveNamed(document: TextDocument): Promise<boolean> {
  const file = document.uri.fsPath;
  const { value } = parseConfig(document.getText());
  const named = [file, ...namedPaths(value, path.dirname(file))];
  for (const experiment of readSweep(value).sweep?.experiments ?? []) {
    const config = path.resolve(path.dirname(file), experiment);
    named.push(...namedPaths(parseConfig(await shownText(config)).value, path.dirname(config)));
  }
  const edited = workspace.textDocuments.filter(
    ({ isDirty, uri }) => isDirty && uri.scheme === 'file' && isNamed(uri.fsPath, named),
  );
  for (const one of edited) if (!(await one.save())) return false;
  return true;
}

/** A file's text as its editor shows it; empty where there is none. */
async function shownText(file: string): Promise<string> {
  const open = workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && isSamePlace(uri.fsPath, file));
  if (open !== undefined) return open.getText();
  const read = await readText(file, sizeLimits.config);
  return 'text' in read ? read.text : '';
}
