import { attentionLowerings } from './attention.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { linearLowerings } from './linear.ts';
import { lossLowerings } from './loss.ts';
import type { LoweringTable } from './lowering.ts';
import { normLowerings } from './norm.ts';
import { rowsLowerings } from './rows.ts';
import { shapeLowerings } from './shape.ts';
import { sourcesLowerings } from './sources.ts';

/** Every op in the nodes that the CPU computes fastest. */
export const cpuLowerings: LoweringTable = {
  ...sourcesLowerings,
  ...elementwiseLowerings,
  ...linearLowerings,
  ...normLowerings,
  ...attentionLowerings,
  ...rowsLowerings,
  ...shapeLowerings,
  ...lossLowerings,
};
