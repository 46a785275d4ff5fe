import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../../..')
export const RESULTS = join(ROOT, 'test/bench/results')
/** Node's flags that Surety is started with, here as by `npm start`. */
export const FLAGS = /node ((?:--\S+ )*)dist/
  .exec(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts.start)[1]
  .split(' ')
  .filter(Boolean)
/** The issuer and audience of the tokens; nobody asks it for anything. */
export const PUBLIC_URL = 'http://surety.bench'

/** A TCP port of this machine that nobody listens on. */
export function freePort() {
  return new Promise(resolve => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
