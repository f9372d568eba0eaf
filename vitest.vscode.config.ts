import { defineConfig } from 'vitest/config';

/** The tests on VS Code's page: one after the other, for each has an editor of its own. */
export default defineConfig({
  test: {
    include: ['test/vscode/ui/**/*.ui.ts'],
    testTimeout: 180_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
