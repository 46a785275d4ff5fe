import { declareEvents } from '../tenancy/index.js'

/** What can happen to a ticket. */
declareEvents('ticket', 'TICKET', {
  reported: 'A customer asked for something; its clocks run from the receipt (clauses 2.3.1, 6.4.2, 7.2.1).',
  responded: 'A person of the provider first answered.',
  resolved: 'The provider says it is solved.',
  closed: 'It was closed.',
  commented: 'Somebody wrote a message on it.',
})
