import { type AccessTable, EVERY_CUSTOMER, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. */
export const consentsAccess: AccessTable = {
  // The staff wall then shows the apps to staff alone, and each app itself: one customer's partners are no business of another's.
  'app:read': EVERYONE,
  'app:write': only({ staff: ['ADMIN'] }),
  'disclosure:read': EVERYONE,
  // 8.2.1 wants the customer's own agreement, so nobody of the provider decides in its place.
  'disclosure:decide': only({ customer: ['SIGNATORY'] }),
  'consent:read': EVERYONE,
  'consent:request': only({ staff: ['ADMIN', 'AGENT'], customer: EVERY_CUSTOMER }),
  // Those who know the person: the customer's own users, and not the provider who'd pass the data on.
  'consent:record': only({ customer: EVERY_CUSTOMER }),
}
