import type { GraphQLResolveInfo } from 'graphql'
import type { ClassType } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { payloadOf, type UserError } from '../platform/graphql/contract.js'
import type { Request } from '../tenancy/index.js'
import type { Side } from './ticket-commenting.js'
import { ticketById } from './ticket-loaders.js'
import { TicketType, toTicket } from './ticket-types.js'

export interface TicketPayload {
  ticket: () => Promise<TicketType | null> | null
  userErrors: UserError[]
}

export const TICKET_FIELD = {
  type: (): object => TicketType,
  description: 'The ticket as it is now; null when nothing happened.',
}

/** Most mutations of this room answer the ticket. */
export const payload = (mutation: string): ClassType<TicketPayload> =>
  payloadOf<TicketPayload>(mutation, { ticket: TICKET_FIELD })

export async function change(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<{ id: string }>,
): Promise<TicketPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    ticketId: (await work(operation)).id,
  }))
  return { ticket: () => ticketOf(request, ids), userErrors }
}

/** The ticket under today's access. */
export const ticketOf = (
  request: Request,
  ids: { ticketId: string } | null,
): Promise<TicketType | null> | null =>
  ids && request.load(ticketById, ids.ticketId).then(row => row && toTicket(row))

/** For whom a caller speaks: a service that is bound to a customer speaks for it. */
export const sideOf = ({ caller }: Request): Side =>
  caller.kind === 'customer' || caller.customerId !== null ? 'CUSTOMER' : 'PROVIDER'
