import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. */
export const invoiceAccess: AccessTable = {
  'invoice:read': EVERYONE,
  'payment:read': EVERYONE,
  'fee:write': only({ staff: ['ADMIN', 'FINANCE'] }),
  'invoice:write': only({ staff: ['ADMIN', 'FINANCE'] }),
  // An ERP or a bank feed knows first what was credited.
  'payment:write': only({ staff: ['ADMIN', 'FINANCE'], service: true }),
}
