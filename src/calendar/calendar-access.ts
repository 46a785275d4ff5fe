import { type AccessTable, EVERYONE, only } from '../tenancy/index.js'

/** This room's part of the permission table. */
export const calendarAccess: AccessTable = {
  'calendar:read': EVERYONE,
  // It moves deadlines of both sides of every agreement, as the State Council's notice does: the ADMIN answers for it.
  'calendar:publish': only({ staff: ['ADMIN'] }),
}
