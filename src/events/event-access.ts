import { type AccessTable, EVERYONE } from '../tenancy/index.js'

/** This room's part of the permission table. Which events there are, the walls decide. */
export const eventAccess: AccessTable = { 'event:read': EVERYONE }
