import type { RunNotes, RunRecord, RunState, RunSummary } from '../contract/run.ts';
import { shownFile } from '../contract/shownFile.ts';
import { oneLine } from './oneLine.ts';

/** A run as any program shows it. */
export interface ShownRun {
  readonly record: RunRecord;
  readonly state: RunState;
  /** Null where nothing is known of the journal. */
  readonly summary: RunSummary | null;
  readonly notes: RunNotes;
}

type Recorded = Pick<ShownRun, 'record'>;

const partsOf = (path: string): readonly string[] =>
  path.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');

/**
 * `…/sst2/train.tsv` → `sst2`; a file that has a name of its own keeps it: `reviews-train.tsv` → `reviews`. Of the hub the data set,
 * or its part: `sst2`, `mrpc` of `nyu-mll/glue`.
 */
export function dataName({ record }: Recorded): string {
  const train = record.config.data.train.file;
  if (train.startsWith('hf://')) {
    const folders = shownFile(train).split('/').slice(1, -1);
    return folders.findLast((name) => name !== 'data') ?? record.task;
  }
  const parts = partsOf(train);
  const file = (parts.at(-1) ?? train).replace(/\.[^.]+$/, '').replace(/[-_.]?train(ing)?$/i, '');
  return file !== '' && file !== 'data' ? file : (parts.at(-2) ?? record.task);
}

/** `sentence-transformers/all-MiniLM-L6-v2` → `all-MiniLM-L6-v2`. */
export const modelName = ({ record }: Recorded): string => partsOf(record.model).at(-1) ?? record.model;

/** `a/reviews.peft.yaml` → `a/reviews`: what stands before the ending of a config, in a path too. */
export const configStem = (file: string): string => file.replace(/(\.peft)?\.ya?ml$/i, '');

/** The name of the experiment: its config's own, else that of its file. */
export function experimentName({ record }: Recorded): string {
  if (record.config.name) return record.config.name;
  return record.configPath === null ? record.methods : configStem(partsOf(record.configPath).at(-1) ?? '');
}

type Named = Pick<ShownRun, 'record' | 'notes'>;

/** The name that the user gave, else the methods. */
export const runName = ({ record, notes }: Named): string => oneLine(notes.name === '' ? record.methods : notes.name);

/** Longest name of the data shown in a row. */
const dataRoom = 28;

/** `unified · sst2`: a long name loses the middle of its data part, never of its methods. */
export function runTitle(run: Named): string {
  if (run.notes.name !== '') return runName(run);
  return `${runName(run)} · ${middleEllipsis(oneLine(dataName(run)), dataRoom)}`;
}

/** A narrow explorer shows so many characters of a row. */
const rowRoom = 34;

/** The same for a narrow list: what is too long loses its middle, for names that are alike often differ at their end. */
export function rowTitle(run: Named): string {
  const name = runName(run);
  if (run.notes.name !== '') return middleEllipsis(name, rowRoom);
  const room = Math.min(dataRoom, Math.max(10, rowRoom - name.length - 3));
  return `${name} · ${middleEllipsis(oneLine(dataName(run)), room)}`;
}

function middleEllipsis(text: string, room: number): string {
  const characters = [...text];
  if (characters.length <= room) return text;
  const head = Math.ceil((room - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (room - 1 - head)).join('')}`;
}
