import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. */
export const ticketAccess: AccessTable = {
  'ticket:read': EVERYONE,
  'ticket:report': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  'ticket:comment': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  // Its first answer is one by a person: no machine gives it, and whoever solves has answered.
  'ticket:handle': only({ staff: ['ADMIN', 'AGENT'] }),
  'ticket:close': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  'attachment:upload': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  // Staff may enter what they were told on the telephone: it sets their own clock going.
  'ticket:answer': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
  'ticket:reopen': only({ staff: ['ADMIN', 'AGENT'], customer: ['SIGNATORY', 'MEMBER'], service: true }),
}
