import { type AccessTable, EVERYONE } from '../tenancy/index.js'

/** This room's part of the permission table: clocks are started and stopped by other rooms, never by a caller. */
export const obligationAccess: AccessTable = { 'obligation:read': EVERYONE }
