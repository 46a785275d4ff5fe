import { createHash } from 'node:crypto'
import { defineEntity, p } from '@mikro-orm/postgresql'
import { Failure } from '../platform/failure.js'
import type { AlarmHandler } from './alarm-clock.js'
import type { Operation } from './operation.js'
import { bookkeeping } from './walls.js'

/** How long a committed result is remembered (api.md, Idempotency): longer than any client retries. */
export const REMEMBERED_DAYS = 30
/** Keys are the client's own; 255 holds any UUID, ULID or hash. */
export const MAX_KEY_LENGTH = 255
/** What a client is asked to wait while its first try still runs: about one slow change. */
const IN_FLIGHT_RETRY_SECONDS = 1

/**
 * What a mutation answered, by the caller's key: ids, never the body. Committed with the change, so a key is remembered
 * if and only if its change happened; a refusal isn't remembered.
 */
export const IdempotencyKey = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    tenantId: p.uuid().primary(),
    /** Hash of issuer and subject. */
    callerId: p.string().length(64).primary(),
    mutation: p.string().length(64).primary(),
    key: p.string().length(255).primary(),
    inputHash: p.string().length(64),
    result: p.json<Record<string, unknown>>(),
    createdAt: p.datetime(3),
  },
  indexes: [{ name: 'idempotency_keys_created_idx', properties: ['tenantId', 'createdAt'] }],
  ...bookkeeping(),
})

export interface IdempotentCall {
  callerId: string
  mutation: string
  key: string
  /** The coerced input without the key; never the selection. */
  input: unknown
}

/** Runs `work` once for a key: the second time the ids of the first are given back, and the change isn't made again. */
export async function once<Result extends object>(
  operation: Operation,
  call: IdempotentCall,
  work: () => Promise<Result>,
): Promise<{ result: Result; replayed: boolean }> {
  const tenantId = operation.session.tenantId
  const identity = [tenantId, call.callerId, call.mutation, call.key]
  // A lock that is tried and not waited for: the second of two at once hears IN_FLIGHT instead of hanging.
  // Both are sent together and done in turn, so what is looked for under the lock is seen after it was taken.
  const [[lock], [earlier]] = await Promise.all([
    operation.run<{ free: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free', [
      identity.join('\n'),
    ]),
    operation.run<{ input_hash: string; result: Result }>(
      'select input_hash, result from idempotency_keys where tenant_id = $1 and caller_id = $2 and mutation = $3 and key = $4',
      identity,
    ),
  ])
  if (!lock?.free) throw new Failure('IDEMPOTENCY_IN_FLIGHT', { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS })
  const inputHash = hashOf(call.input)
  if (earlier && earlier.input_hash !== inputHash) throw new Failure('IDEMPOTENCY_KEY_REUSED')
  if (earlier) return { result: earlier.result, replayed: true }
  const result = await work()
  await operation.em.flush()
  await operation.run(
    `insert into idempotency_keys (tenant_id, caller_id, mutation, key, input_hash, result, created_at)
     values ($1, $2, $3, $4, $5, $6, surety_now())`,
    [...identity, inputHash, JSON.stringify(result)],
  )
  return { result, replayed: false }
}

/** The alarm that forgets old keys, once a day per tenant. */
export const FORGET_KEYS_ALARM = 'idempotency.forget'
const FORGET_EVERY_MS = 24 * 60 * 60 * 1000

export const forgetOldKeys: AlarmHandler = async operation => {
  await operation.run(
    `delete from idempotency_keys where tenant_id = $1 and created_at < (select surety_now()) - make_interval(days => $2)`,
    [operation.session.tenantId, REMEMBERED_DAYS],
  )
  operation.setAlarm(
    FORGET_KEYS_ALARM,
    operation.session.tenantId,
    new Date((await operation.now()).getTime() + FORGET_EVERY_MS),
  )
}

/** SHA-256 of the input as JSON with sorted keys, so that the order in which a client writes its fields doesn't matter. */
function hashOf(input: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(input)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]),
  )
}
