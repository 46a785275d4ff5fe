import { type AccessTable, EVERY_CUSTOMER, EVERY_STAFF, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. */
export const consentsAccess: AccessTable = {
  // A customer looks an app up that it was told of, to see whom it would authorise; only staff see which others there are.
  'app:read': only({ staff: EVERY_STAFF, customer: EVERY_CUSTOMER, app: true }),
  'app:list': only({ staff: EVERY_STAFF }),
  'app:write': only({ staff: ['ADMIN'] }),
  'disclosure:read': only({ staff: EVERY_STAFF, customer: EVERY_CUSTOMER }),
  // 8.2.1 wants the customer's own agreement, so nobody of the provider decides in its place.
  'disclosure:decide': only({ customer: ['SIGNATORY'] }),
  'consent:read': EVERYONE,
  'consent:request': only({ staff: ['ADMIN', 'AGENT'], customer: EVERY_CUSTOMER }),
  // Those who know the person: the customer's own users, and not the provider who'd pass the data on.
  'consent:record': only({ customer: EVERY_CUSTOMER }),
}
