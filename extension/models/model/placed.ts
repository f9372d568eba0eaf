import { pickRows, slice } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import type { Part } from '../../nn/part.ts';
import type { ForwardContext } from './model.ts';
import type { LinearSite, NormSite, Site, TensorSpec } from './tensors.ts';

/** A part where it stands in a model: its path in the checkpoint, and the site at which methods find it. */
export interface Placed<S extends Site = Site, L extends number | null = number | null> {
  readonly part: Part;
  readonly path: string;
  readonly site: S;
  /** Block index from 0, or null outside the blocks. */
  readonly layer: L;
}

/** A part with its place in the model. */
export const place = <S extends Site, L extends number | null>(
  part: Part,
  path: string,
  site: S,
  layer: L,
): Placed<S, L> => ({ part, path, site, layer });

/** The tensors of some parts, in their order. */
export const tensorsOf = (parts: readonly Placed[]): readonly TensorSpec[] =>
  parts.flatMap(({ part, path, site, layer }) =>
    part.tensors.map(({ name, shape, role }) => ({ name: `${path}.${name}`, shape, role, site, layer })),
  );

/** What a part computes with the tensors at its path. */
export const forward = ({ parameter }: Pick<ForwardContext, 'parameter'>, { part, path }: Placed, x: Value): Value =>
  part.forward((name) => parameter(`${path}.${name}`), x);

/** The rows of x[B,S,D] that are read. */
export function selectRows({ rows, input }: Pick<ForwardContext, 'rows' | 'input'>, x: Value): Value {
  switch (rows) {
    case 'all':
      return x;
    case 'first':
      return slice(x, 1, 0, 1);
    case 'last':
      return pickRows(x, input('last_rows'));
    case 'picked':
      return pickRows(x, input('rows'));
  }
}

/** A linear layer of a block, where methods may change what it reads and what it gives. */
export function throughSite(
  context: Pick<ForwardContext, 'parameter' | 'sites'>,
  placed: Placed<LinearSite, number>,
  x: Value,
): Value {
  const { site, layer } = placed;
  const read = context.sites.linearInput(site, layer, x);
  return context.sites.linearOutput(site, layer, forward(context, placed, read), read);
}

/** A norm of a block, or beside the blocks, where methods may change what it gives. */
export const throughNorm = (
  context: Pick<ForwardContext, 'parameter' | 'sites'>,
  placed: Placed<NormSite>,
  x: Value,
): Value => context.sites.normOutput(placed.site, placed.layer, forward(context, placed, x));
