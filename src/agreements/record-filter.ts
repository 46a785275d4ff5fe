import { Field, ID, InputType } from 'type-graphql'
import type { Condition } from '../persistence/index.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { uuidOf } from '../platform/ids.js'
import { CUSTOMER_ID, type Request } from '../tenancy/index.js'
import { AGREEMENT_ID } from './agreement-types.js'

/** What every list of an agreement's records can be filtered by (api.md, Filters). */
@InputType()
export abstract class RecordFilter {
  @Field(() => ID, { nullable: true, description: 'Of this agreement.' })
  agreementId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

/**
 * The conditions of a filter over records within an agreement, or over all. An id that can't be one of its kind is null
 * here, which no row has: it looks like one that isn't there.
 */
export function recordConditions(
  request: Request,
  filter: (RecordFilter & { state?: string[] | null; number?: number | null }) | null,
  agreementUuid: string | null = null,
): Condition[] {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
  if (agreementUuid !== null) where.push({ sql: 'agreement_id = ?', value: agreementUuid })
  if (filter?.state != null)
    where.push({ sql: 'state = any (?::text[])', value: filter.state, isByState: true })
  if (filter?.number != null) where.push({ sql: 'number = ?', value: filter.number })
  if (filter?.agreementId != null)
    where.push({ sql: 'agreement_id = ?::uuid', value: uuidOf(AGREEMENT_ID, filter.agreementId) })
  if (filter?.customerId != null)
    where.push({ sql: 'customer_id = ?::uuid', value: uuidOf(CUSTOMER_ID, filter.customerId) })
  if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
  return where
}
