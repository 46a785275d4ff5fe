import { afterAll, vi } from 'vitest'

// The same promises over two hundred histories of payments, reversals and looks at the clock.
vi.stubEnv('SURETY_TEST_HISTORIES', '200')
afterAll(() => void vi.unstubAllEnvs())
await import('../invoices/late-payment.test.js')
