/** A file of a data set on the hub, as its URL names it. */
export interface HubUrl {
  /** `owner/name` */
  readonly name: string;
  readonly revision: string;
  readonly path: string;
  /** Whether the path stands for the only file of its folder. */
  readonly isOnly: boolean;
}

const scheme = 'hf://datasets/';
/** Where the hub keeps every data set as Parquet, CONFIG/SPLIT/0000.parquet. */
const parquet = {
  alias: '~parquet',
  branch: 'refs/convert/parquet',
  only: '*.parquet',
  first: '0000.parquet',
} as const;

/** What an address must be, and where to find one. */
export const hubUrlForms = 'hf://datasets/OWNER/NAME/PATH or hf://datasets/OWNER/NAME@REVISION/PATH';
export const whereHubUrlsAre = 'copy the path from "Files and versions" on the data set\'s page';

/** Whether a file of a config is an address of a hub's file, `hf://…`. */
export const isHubUrl = (file: string): boolean => file.startsWith('hf://');

/** `hf://datasets/OWNER/NAME@REVISION/PATH` */
export const hubUrl = (name: string, revision: string, path: string): string =>
  `${scheme}${name}@${encodeURIComponent(revision)}/${path}`;

/** The URL of a split in the hub's own Parquet files: of its only one, for several are refused. */
export const hubSplitUrl = (name: string, config: string, split: string, revision: string | null | undefined): string =>
  hubUrl(name, revision ?? parquet.alias, `${config}/${split}/${parquet.only}`);

/** The same file in the branch of the hub's own Parquet files, for people to copy. */
export const parquetUrl = (name: string, path: string): string => `${scheme}${name}@${parquet.alias}/${path}`;

/**
 * Reads `hf://datasets/OWNER/NAME[@REVISION]/PATH`, which Python's Hugging Face file system reads alike; undefined when it
 * is none, or could lead out of the cache.
 */
export function parseHubUrl(url: string): HubUrl | undefined {
  const [, name = '', escaped = 'main', path = ''] =
    /^hf:\/\/datasets\/(\w[\w.-]*\/\w[\w.-]*)(?:@([^/]+))?\/(.+)$/.exec(url) ?? [];
  const revision = unescaped(escaped);
  const plain = (text: string): boolean =>
    !text.includes('\\') && !text.split('/').some((part) => /^\.{0,2}$/.test(part));
  if (name === '' || !plain(path) || revision === undefined || !plain(revision)) return undefined;
  const isOnly = path.endsWith(`/${parquet.only}`);
  return {
    name,
    revision: revision === parquet.alias ? parquet.branch : revision,
    path: isOnly ? path.slice(0, -parquet.only.length) + parquet.first : path,
    isOnly,
  };
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
