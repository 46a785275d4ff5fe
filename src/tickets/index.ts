import './ticket-events.js'
import './ticket-messages.js'
import type { AlarmHandler, Reaction } from '../persistence/index.js'
import { Attachment, AttachmentPart } from './attachment.js'
import { AttachmentResolver, TicketAttachmentsResolver } from './attachment-api.js'
import { Ticket } from './ticket.js'
import { TicketAct } from './ticket-act.js'
import { forgetUnsent, UNSENT_ALARM } from './attachments.js'
import { AgreementTicketsResolver, TicketResolver } from './ticket-api.js'
import { freeCorrected, pauseClocks, resumeClocks } from './ticket-clocks.js'
import { TicketComment } from './ticket-comment.js'
import { TicketCorrectionMutations } from './ticket-correction-mutations.js'
import { ActResolver, TicketLifeResolver } from './ticket-life-api.js'
import { TicketMutations } from './ticket-mutations.js'
import { TicketBigram } from './ticket-search.js'
import { TicketQuestion } from './ticket-question.js'

/**
 * Tickets: what a customer asked for.
 *
 * - *ticket*: one request. Its *kind* decides which clocks run, from the instant it was *received*.
 * - *response*: the first answer by a person. *fix*: the solution.
 * - *question*: something specific that the customer is asked. While one is open the fix clock stands still.
 * - *act*: one step in a ticket's life, as it left the ticket.
 * - *covered*: about software that the agreement lists; on any other no clock runs.
 * - *attachment*: a file on a ticket, announced first and then sent under a link of its own.
 * - *bigram*: two neighbouring characters of what a ticket says, by which it is found.
 * - *client id*: an id that a caller makes offline, for its own queue.
 */
export { AttachmentFiles } from './attachment-files.js'
export { ticketAccess } from './ticket-access.js'

export const ticketEntities = [
  Ticket,
  TicketComment,
  TicketQuestion,
  TicketAct,
  TicketBigram,
  Attachment,
  AttachmentPart,
]
export const ticketResolvers = [
  TicketResolver,
  TicketLifeResolver,
  ActResolver,
  TicketMutations,
  TicketCorrectionMutations,
  AgreementTicketsResolver,
  AttachmentResolver,
  TicketAttachmentsResolver,
] as const

export const ticketJobs: Readonly<Record<string, AlarmHandler>> = { [UNSENT_ALARM]: forgetUnsent }

export const ticketReactions: Readonly<Record<string, Reaction>> = {
  'agreement.suspended': pauseClocks,
  'agreement.resumed': resumeClocks,
  'agreement.terminated': resumeClocks,
  'agreement.expired': resumeClocks,
  'obligation.corrected': freeCorrected,
}
