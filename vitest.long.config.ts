import { defineConfig } from 'vitest/config'
import config from './vitest.config.js'

/** What takes longer than `npm test` may, one file after the other: each wants the machine for itself. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/long/**/*.test.ts'],
    exclude: [],
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 2 * 60_000,
  },
})
