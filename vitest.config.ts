import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    globalSetup: 'test/support/builtParquet.ts',
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 20_000 } },
  },
});
