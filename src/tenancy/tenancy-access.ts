import { type AccessTable, EVERYONE, only } from './permissions.js'

/** This room's part of the permission table. */
export const tenancyAccess: AccessTable = {
  'viewer:read': EVERYONE,
  'node:read': EVERYONE,
  'customer:read': EVERYONE,
  'customer:write': only({ staff: ['ADMIN', 'FINANCE'], service: true }),
  'person:write': only({
    staff: ['ADMIN', 'AGENT', 'OPERATOR', 'FINANCE'],
    customer: ['SIGNATORY', 'MEMBER'],
    service: true,
  }),
  'person:erase': only({ staff: ['ADMIN'], customer: ['SIGNATORY'] }),
  'issuer:write': only({ staff: ['ADMIN'] }),
  'caller:write': only({ staff: ['ADMIN'] }),
  'token:revoke': only({ staff: ['ADMIN'] }),
}
