import { defineConfig } from 'vitest/config'

/*
 * What keeps `npm test` under five minutes on two cores, for whoever adds a file:
 * - Files of one worker share its modules (`isolate: false`): loading the program costs each fresh process some three
 *   seconds. So a file leaves nothing behind in them: spies are taken back by themselves (`restoreMocks`), a method that
 *   was replaced is put back in `finally`, the environment as well; a statement's name is its own in all of `test/`.
 * - One World for a file, in `beforeAll`, with a provider or a customer for each test; `World.forTest` only where the
 *   clock, the pool or a wall is the test's own.
 * - Nobody waits a fixed time for what can be looked for: `vi.waitFor` with a bound that a busy machine meets, too.
 * - The program is started only where its process is what is tested; what compiles or fills a database is shared.
 * - What needs thousands of operations, or every pair of everything, is in `test/long`; here is a part of it that
 *   reaches every field. Random inputs print their seed, and a test that must find something seeks until it does.
 */
export default defineConfig({
  // graphql ships two builds; Node itself loads the CommonJS one, so the tests must as well (one realm).
  resolve: { mainFields: ['main'], alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/long/**'],
    globalSetup: ['test/kit/cluster.ts'],
    isolate: false,
    restoreMocks: true,
    // Tests wait for the database and for clocks as much as they count: three at once keep two cores busy.
    maxWorkers: 3,
    // For what hangs: a test that waits for something has a bound of its own. A busy machine takes ten times as long.
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
