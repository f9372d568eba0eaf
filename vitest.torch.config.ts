import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/torch/**/*.torch.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
