import type { GraphQLSchema } from 'graphql'
import {
  agreementAccess,
  agreementEntities,
  agreementJobs,
  agreementResolvers,
  provideSignedAnnex,
} from './agreements/index.js'
import {
  backupAccess,
  backupEntities,
  backupJobs,
  backupReactions,
  backupResolvers,
} from './backups/index.js'
import {
  breachAccess,
  breachEntities,
  breachReactions,
  breachResolvers,
  provideDamagesBasis,
  provideDebts,
} from './breaches/index.js'
import { calendarAccess, calendarEntities, calendarResolvers } from './calendar/index.js'
import { consentEntities, consentJobs, consentResolvers, consentsAccess } from './consents/index.js'
import { eventAccess, eventResolvers, webhookAccess, webhookEntities } from './events/index.js'
import {
  basisOfFees,
  debtsOfInvoices,
  invoiceAccess,
  invoiceEntities,
  invoiceReactions,
  invoiceResolvers,
  signedFees,
} from './invoices/index.js'
import {
  obligationAccess,
  obligationEntities,
  obligationJobs,
  obligationReactions,
  obligationResolvers,
} from './obligations/index.js'
import {
  Alarm,
  type AlarmHandler,
  EventHead,
  EventRow,
  FORGET_KEYS_ALARM,
  forgetOldKeys,
  IdempotencyKey,
  type Reaction,
  type Reactions,
} from './persistence/index.js'
import {
  ticketAccess,
  ticketEntities,
  ticketJobs,
  ticketReactions,
  ticketResolvers,
} from './tickets/index.js'
import { buildSurfaceSchema, doorAccess, doorEntities, doorResolvers } from './server/index.js'
import {
  type AccessTable,
  joinAccessTables,
  tenancyAccess,
  tenancyEntities,
  tenancyResolvers,
} from './tenancy/index.js'

/** The port that `tenancy` declares, kept by the room of consents: one gate for each database. */
export { disclosureGate } from './consents/index.js'

/** The port that `tenancy` declares for bytes beside GraphQL, kept by the room of tickets. */
export { AttachmentFiles } from './tickets/index.js'

/** The table of contents: what each room brings. A new room is one line in each list. */

export const entities: readonly unknown[] = [
  Alarm,
  EventRow,
  EventHead,
  IdempotencyKey,
  ...tenancyEntities,
  ...doorEntities,
  ...calendarEntities,
  ...agreementEntities,
  ...obligationEntities,
  ...breachEntities,
  ...ticketEntities,
  ...backupEntities,
  ...invoiceEntities,
  ...consentEntities,
  ...webhookEntities,
]

export const accessTable: AccessTable = joinAccessTables([
  tenancyAccess,
  doorAccess,
  eventAccess,
  webhookAccess,
  calendarAccess,
  agreementAccess,
  obligationAccess,
  breachAccess,
  ticketAccess,
  backupAccess,
  invoiceAccess,
  consentsAccess,
])

/** What happens when an alarm rings, by its kind; a process that delivers webhooks has theirs besides. */
export const jobs: ReadonlyMap<string, AlarmHandler> = new Map(
  Object.entries({
    [FORGET_KEYS_ALARM]: forgetOldKeys,
    ...agreementJobs,
    ...obligationJobs,
    ...ticketJobs,
    ...backupJobs,
    ...consentJobs,
  }),
)

/** What a room does when another one records something, in the same transaction. */
export const reactions: Reactions = joinReactions([
  obligationReactions,
  breachReactions,
  ticketReactions,
  backupReactions,
  invoiceReactions,
])

// What lower rooms ask through a port, answered by the room that knows.
provideDamagesBasis(basisOfFees)
provideDebts(debtsOfInvoices)
provideSignedAnnex(signedFees)

export function buildSchema(): GraphQLSchema {
  return buildSurfaceSchema(
    [
      ...tenancyResolvers,
      ...doorResolvers,
      ...eventResolvers,
      ...calendarResolvers,
      ...agreementResolvers,
      ...obligationResolvers,
      ...breachResolvers,
      ...ticketResolvers,
      ...backupResolvers,
      ...invoiceResolvers,
      ...consentResolvers,
    ],
    accessTable,
  )
}

/** By type, in the order of the rooms. */
function joinReactions(rooms: readonly Readonly<Record<string, Reaction>>[]): Reactions {
  const joined = new Map<string, Reaction[]>()
  for (const [type, reaction] of rooms.flatMap(room => Object.entries(room)))
    joined.set(type, [...(joined.get(type) ?? []), reaction])
  return joined
}
