import type { TensorChange } from '../contract/panel.ts';
import { spearman } from '../metrics/correlation.ts';

/** How the change of one site goes with the depth of its block. */
export interface DepthCorrelation {
  readonly column: string;
  /** Spearman's ρ of change and depth; NaN where every block has changed alike. */
  readonly rho: number;
  /** Blocks in which the site is tuned. */
  readonly blocks: number;
}

/** Fewer blocks than this say nothing. */
const fewestBlocks = 3;

/** Spearman's ρ of each site's change with the number of its block; sites of fewer than three blocks are left out. */
export function depthCorrelations({ columns, layers }: TensorChange): readonly DepthCorrelation[] {
  const blocks = layers.flatMap(({ layer, meanAbsoluteChange }) => {
    const [, number] = /^layer (\d+)$/.exec(layer) ?? [];
    return number === undefined ? [] : [{ depth: Number(number), changes: meanAbsoluteChange }];
  });
  return columns.flatMap((column, i) => {
    const tuned = blocks.filter(({ changes }) => changes[i] != null && Number.isFinite(changes[i]));
    if (tuned.length < fewestBlocks) return [];
    const [predicted, truth] = [tuned.map(({ changes }) => changes[i]!), tuned.map(({ depth }) => depth)];
    return [{ column, rho: spearman.compute!.numbers!({ predicted, truth }), blocks: tuned.length }];
  });
}

/** `0.83 (n = 12)`; `–` where all changes are equal. */
export const correlationText = ({ rho, blocks }: DepthCorrelation): string =>
  `${Number.isNaN(rho) ? '–' : rho.toFixed(2).replace('-', '−')} (n = ${blocks})`;
