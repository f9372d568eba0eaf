import { elements } from '../../graph/tensor.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import { MethodError } from './methodError.ts';

/** Tensors of which some are tuned in parts. */
export interface Chosen<T extends TensorSpec = TensorSpec> {
  readonly tensors: readonly T[];
  /** Places of the tuned numbers, ascending, by the names of those that are tuned in parts. */
  readonly only: ReadonlyMap<string, readonly number[]>;
}

/** A tensor by its name, with the places of those of its numbers that are meant: `norm.weight[0-3,7]`. */
export function chosenText(name: string, only: readonly number[] | undefined): string {
  if (!only) return name;
  const ranges: [first: number, last: number][] = [];
  for (const place of only) {
    const open = ranges.at(-1);
    if (open?.[1] === place - 1) open[1] = place;
    else ranges.push([place, place]);
  }
  return `${name}[${ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',')}]`;
}

/** What such texts choose of some tensors, in these tensors' order. @throws MethodError for what they do not have */
export function chosenOf<T extends TensorSpec>(
  { method, option }: { readonly method: string; readonly option: string },
  candidates: readonly T[],
  texts: readonly string[],
): Chosen<T> {
  const named = new Map(candidates.map((tensor) => [tensor.name, tensor]));
  const names = new Set<string>();
  const only = new Map<string, readonly number[]>();
  for (const text of texts) {
    const [, name = text, list] = /^([^[]*)\[([^\]]*)\]$/.exec(text) ?? [];
    const tensor = named.get(name);
    if (!tensor) {
      const some = [...named.keys()].slice(0, 4).join(', ');
      throw new MethodError(
        method,
        option,
        `must name tensors of these norms, got ${name}`,
        `choose from ${some} …, or leave it out`,
      );
    }
    if (names.has(name)) {
      const rule = `must name ${name} once, got it again in ${text}`;
      throw new MethodError(method, option, rule, `write all its places in one text, such as ${name}[0-3,7]`);
    }
    names.add(name);
    if (list === undefined) continue;
    const size = elements(tensor.shape);
    const places = placesIn(list, size);
    if (!places) {
      const rule = `must name numbers of ${name} by places from 0 to ${size - 1}, upwards, got [${list}]`;
      throw new MethodError(method, option, rule, `write ${name}[0-3,7], or leave it out`);
    }
    if (places.length < size) only.set(name, places);
  }
  return { tensors: candidates.filter(({ name }) => names.has(name)), only };
}

/** `0-3,7`; undefined unless they go upwards, below `size`. */
function placesIn(list: string, size: number): readonly number[] | undefined {
  const places: number[] = [];
  for (const item of list.split(',')) {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first > (places.at(-1) ?? -1) && last >= first && last < size)) return undefined;
    for (let place = first; place <= last; place++) places.push(place);
  }
  return places;
}

/** Places that are tuned of a tensor that two entries tune; undefined: all. */
export const bothOnly = (
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined => a && b && [...new Set([...a, ...b])].sort((x, y) => x - y);

/** What an entry of a union tunes. */
interface TunedTensors {
  readonly unfrozen: readonly TensorSpec[];
  readonly added: readonly TensorSpec[];
  readonly only?: ReadonlyMap<string, readonly number[]>;
}

/** Places that are tuned of each tensor that every entry tunes in part. */
export function onlyOf(entries: readonly TunedTensors[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, readonly number[] | undefined>();
  for (const { unfrozen, added, only } of entries) {
    for (const { name } of [...unfrozen, ...added]) {
      const own = only?.get(name);
      places.set(name, places.has(name) ? bothOnly(places.get(name), own) : own);
    }
  }
  return new Map([...places].flatMap(([name, only]) => (only ? [[name, only] as const] : [])));
}

/** How many numbers of a tensor are tuned. */
export const tunedCount = ({ shape }: Pick<TensorSpec, 'shape'>, only: readonly number[] | undefined): number =>
  only?.length ?? elements(shape);
