import type { GraphQLSchema } from 'graphql'
import { agreementAccess, agreementEntities, agreementJobs, agreementResolvers } from './agreements/index.js'
import { eventAccess, eventResolvers } from './events/index.js'
import {
  Alarm,
  type AlarmHandler,
  EventHead,
  EventRow,
  FORGET_KEYS_ALARM,
  forgetOldKeys,
  IdempotencyKey,
} from './persistence/index.js'
import { buildSurfaceSchema } from './server/index.js'
import {
  type AccessTable,
  closedGate,
  type DisclosureGate,
  joinAccessTables,
  tenancyAccess,
  tenancyEntities,
  tenancyResolvers,
} from './tenancy/index.js'

/** The table of contents: what each room brings. A new room is one line in each list. */

export const entities: readonly unknown[] = [
  Alarm,
  EventRow,
  EventHead,
  IdempotencyKey,
  ...tenancyEntities,
  ...agreementEntities,
]

export const accessTable: AccessTable = joinAccessTables([tenancyAccess, eventAccess, agreementAccess])

/** What happens when an alarm rings, by its kind. */
export const jobs: ReadonlyMap<string, AlarmHandler> = new Map(
  Object.entries({ [FORGET_KEYS_ALARM]: forgetOldKeys, ...agreementJobs }),
)

/** Denies until the room of consents implements it. */
export const disclosureGate: DisclosureGate = closedGate

export function buildSchema(): GraphQLSchema {
  return buildSurfaceSchema([...tenancyResolvers, ...eventResolvers, ...agreementResolvers], accessTable)
}
