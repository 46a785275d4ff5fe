import type { FastifyRequest } from 'fastify'
import type { Database, Seals } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import { languageOf } from '../platform/language.js'
import { describeError, type Logger } from '../platform/log.js'
import {
  type AccessTable,
  type Authenticator,
  type Directory,
  type DisclosureGate,
  Request,
} from '../tenancy/index.js'
import { unready } from './errors.js'

export interface AdmissionParts {
  access: AccessTable
  gate: DisclosureGate
  database: Database
  seals: Seals
  directory: Directory
  authenticator: Authenticator
  log: Logger
}

/**
 * How long finding out who calls may take. 6 s: past the 5 s for which a connection is waited for, so that a full pool
 * answers for itself, and well before a client gives up when the database has gone silent.
 */
const ADMISSION_MS = 6_000

/**
 * From a request's bearer token to a caller's {@link Request}. Throws UNAUTHENTICATED, the same for every reason; the
 * reason goes into the log by its name. Nobody gets in while it isn't known who may: every other trouble is a failure
 * that asks to come back.
 */
export async function admit(request: FastifyRequest, parts: AdmissionParts): Promise<Request> {
  try {
    return await within(ADMISSION_MS, enter(request, parts))
  } catch (error) {
    if (!(error instanceof Failure)) {
      parts.log.error({ requestId: request.id, ...describeError(error) }, 'callers could not be looked up')
      throw unready(error)
    }
    if (error.code === 'UNAUTHENTICATED')
      parts.log.info({ requestId: request.id, reason: reasonOf(error) }, 'a token was refused')
    throw error
  }
}

async function enter(request: FastifyRequest, parts: AdmissionParts): Promise<Request> {
  const token = bearerOf(request.headers.authorization)
  if (token === null) throw new Failure('UNAUTHENTICATED')
  const caller = await parts.authenticator.authenticate(token, purposeOf(request.headers['surety-purpose']))
  const admitted = new Request({
    id: request.id,
    caller,
    language: languageOf(request.headers['accept-language']),
    database: parts.database,
    seals: parts.seals,
    gate: parts.gate,
    access: parts.access,
    ownIssuer: parts.directory.ownIssuer,
    outside: parts.directory.outside,
  })
  await admitted.admit()
  return admitted
}

/** What an app names of its token's purposes; anything else in its place is one that no token has. */
export function purposeOf(named: unknown): string | null {
  if (named === undefined || named === null) return null
  return typeof named === 'string' ? named : ''
}

/** RFC 6750, 2.1. A token in the address would end up in logs, so it isn't looked for there. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1] ?? null
}

/** Whether a token was refused, which is logged; every other trouble is logged as ours. */
export function isUnauthenticated(error: unknown, log: Logger): boolean {
  if (error instanceof Failure && error.code === 'UNAUTHENTICATED') {
    log.info({ reason: reasonOf(error) }, 'a token was refused')
    return true
  }
  log.error(describeError(error), 'callers could not be looked up')
  return false
}

function reasonOf(error: Failure): string {
  const reason = (error.cause as { reason?: unknown } | undefined)?.reason
  return typeof reason === 'string' ? reason : 'no-bearer-token'
}

/** The result, or the failure that asks to come back when it takes too long. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unready(new Error('it took too long'))), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
