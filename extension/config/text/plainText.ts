import { parseDocument } from 'yaml';

/** Whether a text may stand in a config without quotes: a path or name that YAML reads as this very text. */
export const isPlainText = (text: string): boolean =>
  /^[\p{L}\p{N}_./][\p{L}\p{N}\p{M}_./ -]*$/u.test(text) && parseDocument(text).toJS() === text;

/** Text as a config's value: bare where YAML reads it as this very text, else in quotes. */
export function yamlText(text: string): string {
  if (isPlainText(text)) return text;
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}
