/** Keys of `data` that the cure for a file names, and what is to be written there. */
export interface DataSettings {
  readonly encoding?: string;
  readonly delimiter?: string;
  /** The fields of a first record that is a row, for which `columns` would give names. */
  readonly firstRow?: readonly string[];
}

/** Where in the data something is wrong: a file, and a line (or, in Parquet, a row) counted from 1. */
export interface DataPlace {
  readonly file: string;
  /** Absent when the whole file is meant. */
  readonly line?: number;
  /** What `line` counts; Parquet has no lines. */
  readonly unit?: 'line' | 'row';
}

interface DataErrorOptions extends ErrorOptions {
  readonly settings?: DataSettings | undefined;
}

/** Something wrong with a data file: the rule that was broken, what stood there, and what to do about it. */
export class DataError extends Error {
  readonly place: DataPlace;
  readonly rule: string;
  readonly cure: string;
  /** What the cure would set, where that is known. */
  readonly settings: DataSettings | undefined;

  constructor(place: DataPlace, rule: string, cure: string, options?: DataErrorOptions) {
    super(`${placeText(place)}: ${rule}; ${cure}`, options);
    this.name = 'DataError';
    this.place = place;
    this.rule = rule;
    this.cure = cure;
    this.settings = options?.settings;
  }
}

function placeText({ file, line, unit }: DataPlace): string {
  if (line === undefined) return file;
  return unit === 'row' ? `${file}: row ${line}` : `${file}:${line}`;
}

/** Rows from JSON as pandas writes it. @param orient how pandas calls it where it does not find out by itself */
export function columnsCure(orient?: 'split' | 'index'): string {
  const reading = orient === undefined ? 'FILE' : `FILE, orient="${orient}"`;
  return `write one object a row: pandas.read_json(${reading}).to_json("rows.jsonl", orient="records", lines=True)`;
}

const orSkip = ', or set data.on_bad_row: skip';

/** An error about one row, which may also be skipped. */
export const badRow = (place: DataPlace, rule: string, cure: string): DataError =>
  new DataError(place, rule, `${cure}${orSkip}`);

/** The error of a row that was skipped, without the advice to skip it. */
export const skippedRow = ({ place, rule, cure, settings, cause }: DataError): DataError =>
  new DataError(place, rule, cure.replace(orSkip, ''), { settings, cause });
