import { afterAll, vi } from 'vitest'

// Trust 4 at length: the same promises, with every strange id and every cursor tried by every asker in every place.
vi.stubEnv('SURETY_TEST_ORACLE', 'everything')
afterAll(() => void vi.unstubAllEnvs())
await import('../promises/existence-oracle.test.js')
