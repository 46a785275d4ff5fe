import type { GraphQLSchema } from 'graphql'
import { agreementAccess, agreementEntities, agreementJobs, agreementResolvers } from './agreements/index.js'
import { consentEntities, consentJobs, consentResolvers, consentsAccess } from './consents/index.js'
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
  joinAccessTables,
  tenancyAccess,
  tenancyEntities,
  tenancyResolvers,
} from './tenancy/index.js'

/** The port that `tenancy` declares, kept by the room of consents: one gate for each database. */
export { disclosureGate } from './consents/index.js'

/** The table of contents: what each room brings. A new room is one line in each list. */

export const entities: readonly unknown[] = [
  Alarm,
  EventRow,
  EventHead,
  IdempotencyKey,
  ...tenancyEntities,
  ...agreementEntities,
  ...consentEntities,
]

export const accessTable: AccessTable = joinAccessTables([tenancyAccess, agreementAccess, consentsAccess])

/** What happens when an alarm rings, by its kind. */
export const jobs: ReadonlyMap<string, AlarmHandler> = new Map(
  Object.entries({ [FORGET_KEYS_ALARM]: forgetOldKeys, ...agreementJobs, ...consentJobs }),
)

export function buildSchema(): GraphQLSchema {
  return buildSurfaceSchema([...tenancyResolvers, ...agreementResolvers, ...consentResolvers], accessTable)
}
