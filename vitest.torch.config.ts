import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/torch/**/*.torch.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    // Much of the time goes into starting Python, on one core: two files at a time, of small models on one thread each.
    env: { OMP_NUM_THREADS: '1' },
  },
});
