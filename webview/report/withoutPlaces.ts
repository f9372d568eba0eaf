import type { FlipsAnswer, RunSnapshot } from '../../extension/contract/panel.ts';
import type { SweepView } from '../../extension/contract/sweepView.ts';

/** A path of a whole machine, as three systems and home folders begin. */
const isPlace = (text: string): boolean => /^(\/|~[\\/]|[A-Za-z]:[\\/]|\\\\)/.test(text);

/** `/home/me/data/sst2/train.tsv` → `sst2/train.tsv`: what names of data and models are made of. */
const endOf = (text: string): string => (isPlace(text) ? text.split(/[\\/]/).slice(-2).join('/') : text);

const begin = String.raw`(?:/|~[\\/]|[A-Za-z]:[\\/]|\\\\)`;
const part = String.raw`[^\s"'\x60()[\]{},;:\\/]+`;
/** A path of two parts and more within a text: to the end of its quotes, or to what no path has. */
const placeWithin = new RegExp(
  String.raw`(?<=(["'\x60]))${begin}[^"'\x60\n]+[\\/][^"'\x60\n]+(?=\1)|(?<![\w:/\\.~-])${begin}${part}(?:[\\/]+${part})+`,
  'g',
);

/**
 * `model /home/me/paper/model: must be …` → `model paper/model: must be …`
 * @param folder whose name may have blanks: what lies in it reads from there
 */
function withoutPlacesIn(text: string, folder = ''): string {
  const plain = text.replace(/file:\/\/(\/(?=[A-Za-z]:))?/g, '');
  const below = isPlace(folder) ? plain.replaceAll(`${folder}/`, '').replaceAll(`${folder}\\`, '') : plain;
  return below.replace(placeWithin, (place) =>
    place
      .split(/[\\/]+/)
      .slice(-2)
      .join('/'),
  );
}

/** A value whose texts are mended; columns of numbers stay what they are. */
function withTexts<T>(whole: T, mended: (text: string) => string): T {
  const inside = (one: unknown): unknown => {
    if (typeof one === 'string') return mended(one);
    if (Array.isArray(one)) return one.map(inside);
    if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one)) return one;
    return Object.fromEntries(Object.entries(one).map(([key, value]) => [key, inside(value)]));
  };
  return inside(whole) as T;
}

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
  return runs.map(({ record, seedGroup, changed, notes, ...run }) => ({
    ...withTexts(run, (text) => withoutPlacesIn(text, record.baseFolder)),
    notes,
    changed: changed.map(({ key, value }) => ({ key, value: isPlace(value) ? endOf(value) : withoutPlacesIn(value) })),
    seedGroup: numbered(seedGroup),
    record: {
      ...record,
      ...{ configText: '', configHash: '', baseFolder: numbered(record.baseFolder) },
      configPath: record.configPath && (record.configPath.split(/[\\/]/).at(-1) ?? ''),
      config: withTexts(record.config, endOf),
      model: endOf(record.model),
      dataHashes: numberedAll(record.dataHashes),
      base: { ...record.base, files: numberedAll(record.base.files) },
    },
  }));
}

/** Sweeps for readers elsewhere: of the file that each was started from, its name alone. */
export const sweepsWithoutPlaces = (sweeps: readonly SweepView[]): readonly SweepView[] =>
  sweeps.map(({ path, ...sweep }) => ({
    ...withTexts(sweep, (text) => withoutPlacesIn(text)),
    path: path.split(/[\\/]/).at(-1) ?? '',
  }));

/** Rows are told as they are; what stands in their way names no place. */
export const flipsWithoutPlaces = (answers: readonly FlipsAnswer[]): readonly FlipsAnswer[] =>
  answers.map(({ flips, ...answer }) => ({
    ...withTexts(answer, (text) => withoutPlacesIn(text)),
    flips: flips.map(({ rows, ...view }) => ({ ...withTexts(view, (text) => withoutPlacesIn(text)), rows })),
  }));
