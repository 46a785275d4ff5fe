import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../../..')
export const RESULTS = join(ROOT, 'test/bench/results')
/** The issuer and audience of the tokens; nobody asks it for anything. */
export const PUBLIC_URL = 'http://surety.bench'
