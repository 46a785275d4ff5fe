import { afterAll, vi } from 'vitest'

// The same promises, with everything that may be wrong with a value tried in every place of every input.
vi.stubEnv('SURETY_TEST_CONTRACT', 'everything')
afterAll(() => void vi.unstubAllEnvs())
await import('../promises/schema-contract.test.js')
