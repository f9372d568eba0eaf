import { groupBy } from '../../view/groupBy.ts';
import { dateTime } from '../../view/moment.ts';

/** What is known of rows that judged runs. */
export interface NamedRows {
  /** `test.tsv` */
  readonly file: string;
  /** The file with its folders. */
  readonly path: string;
  /** `first 10 rows`; empty for all of them. */
  readonly part: string;
  readonly metric: string;
  /** When the first run was made that they judged: what differs in nothing else was changed between two runs. */
  readonly since: string;
}

/** Folders shown at most: a whole path says more of the machine than of the rows. */
const mostFolders = 3;

/** Titles of several sets of rows: the name of their file, and where one name is that of several what tells these apart. */
export function titlesApart(sets: readonly NamedRows[]): readonly string[] {
  const depths = Array.from({ length: mostFolders + 1 }, (_, folders) => (set: NamedRows) => tail(set, folders));
  const titles = new Map<NamedRows, string>();
  for (const namesakes of groupBy(sets, ({ file }) => file)) {
    const kinds = (nameOf: (set: NamedRows) => string): number => new Set(namesakes.map(nameOf)).size;
    const most = Math.max(...depths.map(kinds));
    const nameOf = depths.find((depth) => kinds(depth) === most)!;
    for (const twins of groupBy(namesakes, nameOf)) tell(nameOf(twins[0]!), twins, furtherWords, titles);
  }
  return sets.map((set) => titles.get(set)!);
}

const furtherWords: readonly ((set: NamedRows) => string)[] = [
  ({ part }) => part,
  ({ metric }) => metric,
  ({ since }) => `as of ${dateTime(since)}`,
];

function tell(
  title: string,
  twins: readonly NamedRows[],
  [wordOf, ...rest]: typeof furtherWords,
  titles: Map<NamedRows, string>,
): void {
  if (twins.length === 1 || wordOf === undefined) {
    for (const twin of twins) titles.set(twin, title);
    return;
  }
  const groups = groupBy(twins, wordOf);
  for (const group of groups) {
    const word = groups.length === 1 ? '' : wordOf(group[0]!);
    tell(word === '' ? title : `${title}, ${word}`, group, rest, titles);
  }
}

/** `test.tsv` of the hub keeps its name, which holds its data set. */
function tail({ file, path }: NamedRows, folders: number): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return parts.at(-1) === file ? parts.slice(-1 - folders).join('/') : file;
}
