import * as z from 'zod';
import { elements } from '../../graph/tensor.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import { mean } from '../../numbers/mean.ts';
import { type Chosen, chosenOf } from './chosenNumbers.ts';

/** What tensors are chosen by; the uppermost need no run to tell. */
const selectionRules = ['fisher', 'magnitude', 'random', 'last'] as const;
type SelectionRule = (typeof selectionRules)[number];

/** What is chosen: whole tensors, or numbers in them. */
const selectionUnits = ['tensor', 'number'] as const;

/** The option by which a method tunes a share of its tensors. */
export const selectOption = z.strictObject({
  by: z
    .enum(selectionRules)
    .default('fisher')
    .describe(
      'Which are best: `fisher`, by mean squared gradient of 32 training rows at the pretrained values (arXiv 2403.20284); ' +
        '`magnitude`, by mean |γ| or |β|; `random`, drawn from the seed; `last`, the uppermost.',
    ),
  share: z
    .number()
    .positive()
    .max(1)
    .default(0.2)
    .describe(
      'Share to tune, one at least: of the norm tensors (of each width, where they differ), or of all their numbers.',
    ),
  // Absent where it is off, as in runs of before: so seeds of old and new runs are still one group.
  unit: z
    .enum(selectionUnits)
    .optional()
    .describe(
      'What is chosen: a whole `tensor`, or each `number` by itself (arXiv 2403.20284), wherever it lies; all others keep ' +
        'their pretrained values. Default: tensor.',
    ),
  chosen: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'Names of the tensors, with the places of their numbers where these are chosen (`….weight[0-3,7]`): a run writes ' +
        'here what it chose. Leave it out to have it choose.',
    ),
});
type SelectOption = z.infer<typeof selectOption>;

/** How much is chosen of some tensors, and by what. */
interface SelectionPlan extends Pick<SelectOption, 'by' | 'share'> {
  readonly unit: (typeof selectionUnits)[number];
}

/** Tensors of which a run chooses some, or some of their numbers, before its first step. */
export interface PendingSelection extends SelectionPlan {
  readonly by: Exclude<SelectionRule, 'last'>;
  readonly candidates: readonly TensorSpec[];
}

/** Scores of a tensor's numbers, or one of all of them; the tensor's own is their mean. */
export type Scores = ReadonlyMap<string, ArrayLike<number>>;

/**
 * What scores best of some tensors, in their own order. Of tensors of different sizes the share of each size, at least
 * one, so that the share tells how many numbers they have; of numbers the share of all together, at least one.
 * @param scores by the tensors' names; absent: evenly spread ones, or the uppermost
 */
export function choose<T extends TensorSpec>(
  candidates: readonly T[],
  { by, unit, share }: SelectionPlan,
  scores?: Scores,
): Chosen<T> {
  if (unit === 'number') return chooseNumbers(candidates, by, share, scores);
  const scoreAt = (place: number): number => (scores ? mean(scores.get(candidates[place]!.name)!) : place);
  const isRanked = scores !== undefined || by === 'last';
  const chosen = new Set<number>();
  for (const size of new Set(candidates.map(({ shape }) => elements(shape)))) {
    const alike = [...candidates.keys()].filter((place) => elements(candidates[place]!.shape) === size);
    for (const i of best(alike.length, share, isRanked ? (i) => scoreAt(alike[i]!) : undefined)) chosen.add(alike[i]!);
  }
  return { tensors: candidates.filter((_, place) => chosen.has(place)), only: new Map() };
}

function chooseNumbers<T extends TensorSpec>(
  candidates: readonly T[],
  by: SelectionRule,
  share: number,
  scores: Scores | undefined,
): Chosen<T> {
  const sizes = candidates.map(({ shape }) => elements(shape));
  const ends: number[] = [];
  for (const size of sizes) ends.push((ends.at(-1) ?? 0) + size);
  const flat = new Float64Array(ends.at(-1) ?? 0);
  if (scores) for (const [i, { name }] of candidates.entries()) flat.set(scores.get(name)!, ends[i]! - sizes[i]!);
  const scoreAt = scores ? (place: number) => flat[place]! : by === 'last' ? (place: number) => place : undefined;
  const found = best(flat.length, share, scoreAt);
  const only = new Map<string, readonly number[]>();
  let next = 0;
  const tensors = candidates.filter(({ name }, i) => {
    const own: number[] = [];
    for (; found[next]! < ends[i]!; next++) own.push(found[next]! - ends[i]! + sizes[i]!);
    if (own.length > 0 && own.length < sizes[i]!) only.set(name, own);
    return own.length > 0;
  });
  return { tensors, only };
}

/**
 * Places of the share of so many things that scores best, ascending, one at least; of equal ones the first, and evenly
 * spread ones where nothing tells.
 */
function best(count: number, share: number, scoreAt: ((place: number) => number) | undefined): readonly number[] {
  const wanted = Math.max(1, Math.round(share * count));
  const step = (place: number) => Math.floor((place * wanted) / count);
  const scores = Float64Array.from({ length: count }, (_, place) => scoreAt?.(place) ?? step(place + 1) - step(place));
  const ranked = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  return ranked.slice(0, wanted).sort((a, b) => a - b);
}

/** Those that were chosen, or the uppermost; as many others until a run has chosen. @throws MethodError for others' names */
export const chosenBy = <T extends TensorSpec>(
  method: string,
  candidates: readonly T[],
  { chosen, unit = 'tensor', ...plan }: SelectOption,
): Chosen<T> =>
  chosen ? chosenOf({ method, option: 'select' }, candidates, chosen) : choose(candidates, { ...plan, unit });
