import { Position, Range, TextEdit } from 'vscode';
import type { Position as ConfigPosition, Fix, TextRange } from '../../../config/text/diagnostic.ts';

/** Both count UTF-16 units; the editor counts from 0. */
export const editorPosition = ({ line, column }: ConfigPosition): Position => new Position(line - 1, column - 1);

/** A range of ours as VS Code's. */
export const editorRange = ({ start, end }: TextRange): Range => new Range(editorPosition(start), editorPosition(end));

/** A fix's edits as VS Code's. */
export const editorEdits = ({ edits }: Fix): TextEdit[] =>
  edits.map(({ range, newText }) => new TextEdit(editorRange(range), newText));
