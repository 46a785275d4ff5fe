import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. */
export const agreementAccess: AccessTable = {
  'agreement:read': EVERYONE,
  'agreement:write': only({ staff: ['ADMIN', 'FINANCE'], service: true }),
  // Staff ADMIN acts for the provider, SIGNATORY for the customer (domain.md, States). A service has no hand to sign with.
  'agreement:sign': only({ staff: ['ADMIN'], customer: ['SIGNATORY'] }),
  'agreement:control': only({ staff: ['ADMIN'] }),
}
