import type { Declaration, TensorAccess } from './method.ts';

/** Merging a method that only unfreezes: its tuned tensors take the place of the base ones. */
export function copyTuned({ unfrozen }: Declaration, tensors: TensorAccess): void {
  for (const { name } of unfrozen) tensors.write(name, tensors.read(name));
}
