import { dataName, experimentName, runTitle, type ShownRun } from './runNames.ts';

type FilteredRun = Pick<ShownRun, 'record' | 'notes' | 'state'>;

/**
 * Whether a run is found by every word of the filter, in the explorer as in the dashboard; words are looked for in names, methods,
 * model, data, tags, note; `state:finished` in one place, `s2` is the seed.
 */
export function filterOf(filter: string): (run: FilteredRun) => boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => true;
  return (run) => words.every((word) => hasWord(run, word));
}

const places: Readonly<Record<string, (run: FilteredRun) => string>> = {
  state: ({ state }) => state,
  tag: ({ notes }) => notes.tags.join(' '),
  method: ({ record }) => record.methods,
  model: ({ record }) => record.model,
  data: dataName,
  experiment: experimentName,
  seed: ({ record }) => String(record.seed),
};

function hasWord(run: FilteredRun, word: string): boolean {
  const [, place = '', wanted = ''] = /^([a-z]+):(.*)$/.exec(word) ?? [];
  if (Object.hasOwn(places, place)) return places[place]!(run).toLowerCase().includes(wanted);
  return [
    runTitle(run),
    `s${run.record.seed}`,
    run.record.id,
    run.notes.note,
    ...Object.values(places).map((read) => read(run)),
  ].some((text) => text.toLowerCase().includes(word));
}
