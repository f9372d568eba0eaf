import { type ConfigDraft, splitNames } from '../../config/resolved/resolve.ts';
import type { RunRecord } from '../../contract/run.ts';

/** SHA-256 of the files that a run is made of, by what its config calls them: `train.tsv (data.train)`. */
export type Sources = ReadonlyMap<string, string>;

/** What is in the files that a config names, as a run of it found them. */
export function sourcesOf(
  { model, revision, data }: ConfigDraft,
  { dataHashes, base }: Pick<RunRecord, 'dataHashes' | 'base'>,
): Sources {
  const rows = splitNames.flatMap((split): readonly [string, string][] => {
    const [file, hash] = [data[split]?.file, dataHashes[split]];
    return file === undefined || hash === undefined ? [] : [[`${file} (data.${split})`, hash]];
  });
  const place = revision === null ? model : `${model}@${revision}`;
  const weights = Object.entries(base.files).map(([file, hash]) => [`${place}/${file} (model)`, hash] as const);
  return new Map([...rows, ...weights]);
}

/** What two runs call by one name and was not the same in both: they cannot be compared. */
export const changedSource = (before: Sources, after: Sources): string | undefined =>
  [...after].find(([name, hash]) => before.has(name) && before.get(name) !== hash)?.[0];
