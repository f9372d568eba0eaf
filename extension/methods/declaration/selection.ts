import { elements, type TensorSpec } from '../../models/model/tensors.ts';

/** What tensors are chosen by; the uppermost need no run to tell. */
export const selectionRules = ['fisher', 'magnitude', 'random', 'last'] as const;
export type SelectionRule = (typeof selectionRules)[number];

/** Tensors of which a run chooses some before its first step. */
export interface PendingSelection {
  readonly by: Exclude<SelectionRule, 'last'>;
  readonly candidates: readonly TensorSpec[];
  readonly share: number;
}

/**
 * The share of some tensors that score best, at least one, in their own order; among tensors of different sizes the share
 * of each size, so that the share tells how many numbers they have. Equal scores: the first ones.
 * @param scoreOf of a tensor and its place; absent: evenly spread ones
 */
export function choose(
  candidates: readonly TensorSpec[],
  share: number,
  scoreOf?: (tensor: TensorSpec, place: number) => number,
): readonly TensorSpec[] {
  const chosen = new Set<TensorSpec>();
  for (const size of new Set(candidates.map(({ shape }) => elements(shape)))) {
    const alike = candidates.filter(({ shape }) => elements(shape) === size);
    const count = Math.max(1, Math.round(share * alike.length));
    const step = (place: number) => Math.floor((place * count) / alike.length);
    const scores = alike.map((tensor, place) =>
      scoreOf ? scoreOf(tensor, candidates.indexOf(tensor)) : step(place + 1) - step(place),
    );
    const best = [...alike.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, count);
    for (const place of best) chosen.add(alike[place]!);
  }
  return candidates.filter((tensor) => chosen.has(tensor));
}
