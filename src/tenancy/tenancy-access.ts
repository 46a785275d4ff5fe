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
  // Who vouches for callers, and who they are: the ADMIN's to decide, and the AUDITOR's to look at, who reads all.
  'issuer:read': only({ staff: ['ADMIN', 'AUDITOR'] }),
  'issuer:write': only({ staff: ['ADMIN'] }),
  'caller:read': only({ staff: ['ADMIN', 'AUDITOR'] }),
  'caller:write': only({ staff: ['ADMIN'] }),
  'token:revoke': only({ staff: ['ADMIN'] }),
}
