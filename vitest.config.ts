import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    globalSetup: 'test/support/builtParquet.ts',
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 60_000 } },
  },
});
