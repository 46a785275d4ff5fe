import { defineConfig } from 'vitest/config'

export default defineConfig({
  // graphql ships two builds; Node itself loads the CommonJS one, so the tests must as well (one realm).
  resolve: { mainFields: ['main'], alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/long/**'],
    globalSetup: ['test/kit/cluster.ts'],
    // Tests wait for the database and for clocks as much as they count: three at once keep two cores busy.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
