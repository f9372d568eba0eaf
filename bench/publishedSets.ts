import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A data set as a config's `data` section reads it. */
export interface PublishedSet {
  readonly task: 'classification' | 'regression' | 'token-classification';
  readonly data: Readonly<Record<string, unknown>>;
  readonly epochs: number;
}

interface Sizes {
  readonly train: number;
  readonly validation: number;
  readonly epochs: number;
}

/** Reads the files as published from `source/SET/…`, and writes what training reads into a folder of its own. */
type Prepare = (source: string, folder: string) => PublishedSet;

/** Published files are in these forms; none is quoted. */
const linesOf = (encoding: 'utf8' | 'latin1', ...file: string[]): readonly string[] =>
  readFileSync(path.join(...file), encoding)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');

type Row = readonly [label: string, text: string, pair?: string];

function written(folder: string, name: string, rows: readonly Row[]): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  const cells = (row: Row) => row.map((cell) => cell!.replaceAll(/[\t\r\n]/g, ' ')).join('\t');
  writeFileSync(file, `label\ttext\tpair\n${rows.map((row) => cells([row[0], row[1], row[2] ?? ''])).join('\n')}\n`);
  return file;
}

/** A set of texts, or pairs of them, that `rows` reads from one file. */
const textSet =
  (
    task: PublishedSet['task'],
    rows: (source: string) => { readonly train: readonly Row[]; readonly validation: readonly Row[] },
    sizes: Sizes,
  ): Prepare =>
  (source, folder) => {
    const { train, validation } = rows(source);
    const isPair = train[0]![2] !== undefined;
    const data = {
      train: written(folder, 'train.tsv', train.slice(0, sizes.train)),
      validation: written(folder, 'validation.tsv', validation.slice(0, sizes.validation)),
      max_length: 128,
      ...(isPair ? { text_pair: 'pair' } : {}),
    };
    return { task, data, epochs: sizes.epochs };
  };

const columns =
  (pick: (cells: readonly string[]) => Row, skip = 0) =>
  (...file: string[]): readonly Row[] =>
    linesOf('utf8', ...file)
      .slice(skip)
      .map((line) => pick(line.split('\t')));

/** Sentences of a CoNLL file with a tab between word and tag. */
function sentences(count: number, ...file: string[]): string {
  const text = readFileSync(path.join(...file), 'utf8').replaceAll(/\r/g, '');
  return `${text
    .split(/\n[ \t]*\n/)
    .filter((one) => one.trim() !== '')
    .slice(0, count)
    .join('\n\n')}\n`;
}

const taggingSet =
  ({ train, validation, epochs }: Sizes): Prepare =>
  (source, folder) => {
    mkdirSync(folder, { recursive: true });
    const [trainFile, validationFile] = ['train.conll', 'validation.conll'].map((name) => path.join(folder, name));
    writeFileSync(trainFile!, sentences(train, source, 'wnut17', 'wnut17train.conll'));
    writeFileSync(validationFile!, sentences(validation, source, 'wnut17', 'emerging.dev.conll'));
    return {
      task: 'token-classification',
      data: { train: trainFile, validation: validationFile, max_length: 128 },
      epochs,
    };
  };

const sst2 = (train: number): Prepare =>
  textSet(
    'classification',
    (source) => {
      const read = columns(([label, text]) => [label!, text!], 1);
      return { train: read(source, 'sst2', 'train.tsv'), validation: read(source, 'sst2', 'dev.tsv') };
    },
    { train, validation: 872, epochs: 1 },
  );

const cola = textSet(
  'classification',
  (source) => {
    const read = columns(([, label, , text]) => [label!, text!]);
    return { train: read(source, 'cola', 'in_domain_train.tsv'), validation: read(source, 'cola', 'dev.tsv') };
  },
  { train: 1000, validation: 500, epochs: 2 },
);

const stsb = textSet(
  'regression',
  (source) => {
    const read = columns((cells) => [cells[4]!, cells[5]!, cells[6]!]);
    return { train: read(source, 'stsb', 'sts-train.tsv'), validation: read(source, 'stsb', 'sts-dev.tsv') };
  },
  { train: 1000, validation: 500, epochs: 2 },
);

const trec = textSet(
  'classification',
  (source) => {
    const read = (name: string): readonly Row[] =>
      linesOf('latin1', source, 'trec', name).map((line) => {
        const blank = line.indexOf(' ');
        return [line.slice(0, line.indexOf(':')), line.slice(blank + 1)];
      });
    return { train: read('train_5500.label'), validation: read('TREC_10.label') };
  },
  { train: 2000, validation: 500, epochs: 1 },
);

/** Three tasks, small files and larger ones. */
export const publishedSets: Readonly<Record<string, Prepare>> = {
  sst2: sst2(2000),
  'sst2-8000': sst2(8000),
  trec,
  cola,
  stsb,
  'wnut17-1000': taggingSet({ train: 1000, validation: 500, epochs: 2 }),
};
