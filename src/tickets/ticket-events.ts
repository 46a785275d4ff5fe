import './ticket-event-data.js'
import { declareEvents } from '../tenancy/index.js'

/** What can happen to a file on a ticket. */
declareEvents('attachment', 'ATTACHMENT', {
  stored: 'Its bytes are here, of the size and hash that were announced.',
})

/** What can happen to a ticket. */
declareEvents('ticket', 'TICKET', {
  reported: 'A customer asked for something; its clocks run from the receipt (clauses 2.3.1, 6.4.2, 7.2.1).',
  responded: 'A person of the provider first answered.',
  info_requested: 'The customer was asked something specific: the fix clock stands still (clause 2.3.1).',
  info_provided: 'A question was answered; with the last open one the fix clock goes on.',
  resolved: 'The provider says it is solved.',
  closed: 'It was closed, or closed as a duplicate of an older one.',
  reopened: 'It was not solved after all: the fix clock goes on where it stopped.',
  commented: 'Somebody wrote a message on it.',
  reclassified:
    'It is something else than was thought: clocks that it needs run from its receipt, others are cancelled.',
})
