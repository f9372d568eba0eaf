import path from 'node:path';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { oneLine } from '../../view/oneLine.ts';

/** `…/sst2/train.tsv` → `sst2`; a file that has a name of its own keeps it: `reviews-train.tsv` → `reviews`. */
export function dataName({ record }: Pick<RunEntry, 'record'>): string {
  const data = record.config.data as { readonly train?: unknown } | undefined;
  const train = typeof data?.train === 'string' ? data.train : (data?.train as { file?: unknown } | undefined)?.file;
  if (typeof train !== 'string') return record.task;
  const parts = train.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const file = (parts.at(-1) ?? train).replace(/\.[^.]+$/, '').replace(/[-_.]?train(ing)?$/i, '');
  return file !== '' && file !== 'data' ? file : (parts.at(-2) ?? record.task);
}

/** `sentence-transformers/all-MiniLM-L6-v2` → `all-MiniLM-L6-v2`. */
export const modelName = ({ record }: Pick<RunEntry, 'record'>): string =>
  record.model
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .at(-1) ?? record.model;

/** What the experiment is called: its config's own name, else that of its file. */
export function experimentName({ record }: Pick<RunEntry, 'record'>): string {
  if (typeof record.config.name === 'string' && record.config.name !== '') return record.config.name;
  return record.configPath === null ? record.methods : path.basename(record.configPath).replace(/\.peft\.ya?ml$/i, '');
}

/** Longest name of the data shown in a row. */
const dataRoom = 28;

/** `unified · sst2`: a long name loses the middle of its data part, never of its methods. */
export function runTitle(entry: Pick<RunEntry, 'record' | 'notes'>): string {
  if (entry.notes.name !== '') return oneLine(entry.notes.name);
  return `${oneLine(entry.record.methods)} · ${middleEllipsis(oneLine(dataName(entry)), dataRoom)}`;
}

export function middleEllipsis(text: string, room: number): string {
  const characters = [...text];
  if (characters.length <= room) return text;
  const head = Math.ceil((room - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (room - 1 - head)).join('')}`;
}
