import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import { type RowInputs, samePrefix, splitFrozenPrefix } from '../../graph/frozenPrefix.ts';
import type { Graph } from '../../graph/value.ts';
import type { Task } from '../../tasks/task.ts';
import type { Timetable } from '../loop/timetable.ts';
import type { ProgramGraphs } from './program.ts';

/** A program's graphs, cut at what cannot change while it trains. */
interface CutGraphs {
  /** Its outputs are inputs of the other two. */
  readonly prefix: Graph;
  readonly training: Graph;
  readonly evaluation: Graph;
}

/** What a row brings along, the same in every epoch. */
const rowInputs: RowInputs = {
  names: new Set(['input_ids', 'token_type_ids', 'attention_mask', 'position_ids']),
  rowAxis: 'B',
  tokenAxis: 'S',
};

/** Caching less than this share of the forward pass is not worth the memory. */
const leastShare = 0.1;

/** How many bytes a run may cache; none for a task that changes its rows from epoch to epoch. */
export const cacheLimitBytes = ({ training }: Pick<ResolvedConfig, 'training'>, task: Task): number =>
  task.maskTokens ? 0 : training.kept_activations_mb * 1e6;

/**
 * Cuts the graphs where it pays to cache what does not change: every row comes, in this run or in others on its trunk
 * again, a tenth of the forward pass lies below the lowest tuned tensor, and no dropout is below it. Decided by the run
 * alone, so that every attempt decides the same.
 */
export function cutAtPrefix(
  graphs: Pick<ProgramGraphs, 'training' | 'evaluation'>,
  timetable: Pick<Timetable, 'totalSteps' | 'stepsPerEpoch'>,
): CutGraphs | undefined {
  if (timetable.totalSteps < timetable.stepsPerEpoch) return undefined;
  const training = splitFrozenPrefix(graphs.training, rowInputs);
  const evaluation = splitFrozenPrefix(graphs.evaluation, rowInputs);
  // With dropout in the upper blocks both graphs still agree below them; with dropout lower down they do not.
  if (!training || !evaluation || !samePrefix(training, evaluation) || training.share < leastShare) return undefined;
  return { prefix: training.prefix, training: training.rest, evaluation: evaluation.rest };
}
