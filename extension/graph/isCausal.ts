import { topological } from './node.ts';
import type { Graph } from './value.ts';

/** Whether its tokens read none that come later, as those of a decoder do. */
export const isCausal = ({ outputs }: Graph): boolean =>
  topological(Object.values(outputs)).some(({ op, attributes }) => op === 'attention' && attributes.causal === true);
