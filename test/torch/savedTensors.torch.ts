import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { elements } from '../../extension/graph/tensor.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { python } from './peer.ts';

/** How many tensors of 3 rows × 7 tokens × width autograd keeps for a step of a two-block model 64 wide. */
function kept(programs: string, methods: string, width: number): number {
  const program = path.join(programs, `small-${methods}.json`);
  const shapes = JSON.parse(
    execFileSync(python(), ['test/torch/savedTensors.py', program], { encoding: 'utf8' }),
  ) as readonly (readonly number[])[];
  return shapes.filter((shape) => elements(shape) === 3 * 7 * width).length;
}

describe('what is kept between forward and backward', () => {
  it('keeps of the first of two FFNs what its activation read: no frozen product keeps its input', () => {
    const programs = temporaryFolder();
    execFileSync(process.execPath, ['scripts/run.mjs', 'bench/gpu/programs.ts', programs]);
    // The last block computes the first token alone, so its tensors are 3 × 1 × 256.
    expect(kept(programs, 'ln-tuning', 256)).toBe(1);
    expect(kept(programs, 'full', 256)).toBe(2);
  });
});
