import { FileDecoration, type FileDecorationProvider, Uri } from 'vscode';
import type { RunNotes } from '../../contract/run.ts';

type Marks = Pick<RunNotes, 'pinned' | 'protected'>;

/** The words for what is kept in its place, and from deletion. */
export const markWords = (notes: Marks): readonly string[] => [
  ...(notes.pinned ? ['pinned'] : []),
  ...(notes.protected ? ['protected'] : []),
];

const scheme = 'peft-lab-run';
/** One letter each, as source control marks files; their words are in the hover. */
const signs: Readonly<Record<string, string>> = { pinned: 'P', protected: 'K' };

/** An address that says how a row is marked; another mark is another address. */
export const markedUri = (folder: string, notes: Marks): Uri =>
  Uri.from({ scheme, path: Uri.file(folder).path, query: markWords(notes).join(' ') });

/** Signs at the end of a row, where no name and no figure hides them. */
export const runMarks: FileDecorationProvider = {
  provideFileDecoration: ({ scheme: given, query }) => {
    const words = given === scheme ? query.split(' ').filter((word) => Object.hasOwn(signs, word)) : [];
    if (words.length === 0) return undefined;
    return new FileDecoration(words.map((word) => signs[word]!).join(''), words.join(', '));
  },
};
