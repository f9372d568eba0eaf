import type { RunSnapshot } from '../../extension/contract/panel.ts';

/** A path of a whole machine, as three systems and home folders begin. */
const isPlace = (text: string): boolean => /^(\/|~[\\/]|[A-Za-z]:[\\/]|\\\\)/.test(text);

/** `/home/me/data/sst2/train.tsv` → `sst2/train.tsv`: what names of data and models are made of. */
const endOf = (text: string): string => (isPlace(text) ? text.split(/[\\/]/).slice(-2).join('/') : text);

/** A value whose texts are paths of a machine no more. */
const withEnds = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) => (typeof part === 'string' ? endOf(part) : part));

/**
 * Runs for readers elsewhere: what the page neither shows nor needs is left out, as where a run lay and the text of its
 * config. What only says whether runs are alike (hashes of data, folders) is numbered, so that it says that and no more.
 */
export function withoutPlaces(runs: readonly RunSnapshot[]): readonly RunSnapshot[] {
  const numbers = new Map<string, string>();
  const numbered = (text: string): string => {
    const number = numbers.get(text) ?? `#${numbers.size}`;
    numbers.set(text, number);
    return number;
  };
  const numberedAll = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, numbered(text)]));
  return runs.map(({ record, seedGroup, ...run }) => ({
    ...run,
    seedGroup: numbered(seedGroup),
    record: {
      ...record,
      ...{ configText: '', configHash: '', baseFolder: numbered(record.baseFolder) },
      configPath: record.configPath && (record.configPath.split(/[\\/]/).at(-1) ?? ''),
      config: withEnds(record.config),
      model: endOf(record.model),
      dataHashes: numberedAll(record.dataHashes),
      ...(record.base && { base: { ...record.base, files: numberedAll(record.base.files) } }),
    },
  }));
}
