import type { TensorChange } from '../contract/panel.ts';
import { spearman } from '../metrics/correlation.ts';

/** How the change of one site goes with the depth of its block. */
interface DepthCorrelation {
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

const rhoText = ({ rho }: DepthCorrelation): string => (Number.isNaN(rho) ? '–' : rho.toFixed(2).replace('-', '−'));

/** `0.83 (n = 12)`; `–` where all changes are equal. */
export const correlationText = (found: DepthCorrelation): string => `${rhoText(found)} (n = ${found.blocks})`;

/** `attention gain 0.83, ffn bias −0.20 (n = 12)`: how many blocks once where all sites have as many. */
export function correlationsText(found: readonly DepthCorrelation[]): string {
  const blocks = new Set(found.map((one) => one.blocks));
  const told = found.map((one) => `${one.column} ${blocks.size > 1 ? correlationText(one) : rhoText(one)}`).join(', ');
  return blocks.size === 1 ? `${told} (n = ${[...blocks][0]})` : told;
}
