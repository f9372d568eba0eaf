import type { TrainableState } from '../engines/executor.ts';

/** Sums that change when a tensor does: enough to see that it has not moved, without a copy of it. */
type Fingerprint = readonly [sum: number, squares: number];

export type Fingerprints = ReadonlyMap<string, Fingerprint>;

export function fingerprints(state: TrainableState): Fingerprints {
  const taken = new Map<string, Fingerprint>();
  for (const [name, values] of state.values) {
    let sum = 0;
    let squares = 0;
    for (const value of values) {
      sum += value;
      squares += value * value;
    }
    taken.set(name, [sum, squares]);
  }
  return taken;
}

/** Names of the tensors that are still exactly what they were: something is wrong with how they are trained. */
export function unmoved(before: Fingerprints, after: Fingerprints): string[] {
  return [...after.keys()].filter((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    return a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1];
  });
}
