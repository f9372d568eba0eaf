import { describe, expect, it } from 'vitest';
import { decideDevice } from '../../../extension/engines/trials/deviceDecision.ts';
import { mayHaveGpu } from '../../../extension/engines/trials/mayHaveGpu.ts';

const good = {
  reference: { loss: 0.7, stepMs: 300 },
  candidate: { loss: 0.700002, stepMs: 40 },
  cosine: 1,
  gradientError: 4e-6,
};
const candidate = (change: object) => ({ candidate: { ...good.candidate, ...change } });

describe('a device that was tried', () => {
  it('is taken when it computes the same and is faster', () => {
    const reason = 'a step takes 40 ms on webgpu, 300 ms on the CPU';
    expect(decideDevice('webgpu', good)).toEqual({ device: 'webgpu', reason });
  });

  it.each([
    [candidate({ stepMs: 299 }), 'a step takes 299 ms on webgpu, 300 ms on the CPU'],
    [candidate({ stepMs: 5000 }), 'a step takes 5000 ms on webgpu, 300 ms on the CPU'],
    [candidate({ loss: 0.71 }), 'webgpu fails the self-check: loss 0.71 for 0.7, gradients off by 0.0000040'],
    [candidate({ loss: Number.NaN }), 'webgpu fails the self-check: loss NaN for 0.7, gradients off by 0.0000040'],
    [{ gradientError: 0.02 }, 'webgpu fails the self-check: loss 0.700002 for 0.7, gradients off by 0.020'],
    [{ gradientError: Number.NaN }, 'webgpu fails the self-check: loss 0.700002 for 0.7, gradients off by NaN'],
  ])('is not taken: %j', (figures, reason) => {
    expect(decideDevice('webgpu', { ...good, ...figures })).toEqual({ device: 'cpu', reason });
  });

  it('is not tried for a run that is over soon', () => {
    const reason = 'the whole run takes about 3.2 s there, too short to try webgpu';
    expect(decideDevice('webgpu', { cpuSeconds: 3.21 })).toEqual({ device: 'cpu', reason });
  });
});

it('looks for a GPU where there may be one', () => {
  const has =
    (...files: string[]) =>
    (file: string) =>
      files.includes(file);
  expect(mayHaveGpu('linux', {}, has())).toBe(false);
  expect(mayHaveGpu('linux', {}, has('/dev/dri'))).toBe(true);
  expect(mayHaveGpu('linux', { VK_DRIVER_FILES: 'software.json' }, has())).toBe(true);
  expect(mayHaveGpu('win32', {}, has())).toBe(true);
  expect(mayHaveGpu('darwin', {}, has())).toBe(true);
});
