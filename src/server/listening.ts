import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../platform/config.js'

/** Where a server listens. */
export function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Why nothing can listen there, in a sentence for the operator. */
export function portProblem(error: unknown, setting: string, port: number, host: string): unknown {
  switch ((error as { code?: string }).code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `Port ${port} on ${host} is taken: stop what listens there, or set ${setting} to another one, e.g. ${setting}=${port + 1} npm start.`,
      )
    case 'EACCES':
      return new ConfigError(`Port ${port} may not be opened by this user: set ${setting} to one above 1023.`)
    case 'EADDRNOTAVAIL':
      return new ConfigError(
        `HOST ${host} is no address of this machine: set it to 127.0.0.1, or 0.0.0.0 for all.`,
      )
    default:
      return error
  }
}
