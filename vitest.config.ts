import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['test/support/load-core.ts'],
    include: ['test/**/*.test.ts'],
    // Some tests train a model or open a browser; a slow machine must not fail them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
