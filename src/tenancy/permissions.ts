import { Failure } from '../platform/failure.js'
import type { Caller, CustomerRole, StaffRole } from './caller.js'

/** One action of the permission table, `noun:verb`. */
export type Permission = `${string}:${string}`

/** Who may do it. An app or a service needs the permission among its token's scopes as well. */
export interface Rule {
  staff: readonly StaffRole[]
  customer: readonly CustomerRole[]
  app: boolean
  service: boolean
}

export type AccessTable = Readonly<Record<Permission, Rule>>

export const EVERY_STAFF: readonly StaffRole[] = ['ADMIN', 'AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR']
export const EVERY_CUSTOMER: readonly CustomerRole[] = ['SIGNATORY', 'MEMBER']

/** Reading that every caller may ask for; the walls then decide which rows there are. */
export const EVERYONE: Rule = { staff: EVERY_STAFF, customer: EVERY_CUSTOMER, app: true, service: true }

/** A rule from the few words that differ; who isn't named may not. */
export const only = (rule: Partial<Rule>): Rule => ({
  staff: [],
  customer: [],
  app: false,
  service: false,
  ...rule,
})

/** One table from the rooms' parts. An action stands in exactly one of them. */
export function joinAccessTables(tables: readonly AccessTable[]): AccessTable {
  const joined: Record<Permission, Rule> = {}
  for (const table of tables) {
    for (const [permission, rule] of Object.entries(table)) {
      if (permission in joined) throw new Error(`two rooms declare ${permission}`)
      joined[permission as Permission] = rule
    }
  }
  return joined
}

export function mayDo(caller: Caller, permission: Permission, table: AccessTable): boolean {
  const rule = table[permission]
  if (!rule) return false
  const roles: readonly string[] = caller.roles
  // A token with an app in it passes both walls: the person's role and the app's scope.
  const scoped = caller.appId === null || (rule.app && caller.scopes.includes(permission))
  switch (caller.kind) {
    case 'staff':
      return scoped && rule.staff.some(role => roles.includes(role))
    case 'customer':
      return scoped && rule.customer.some(role => roles.includes(role))
    case 'app':
      return rule.app && caller.scopes.includes(permission)
    case 'service':
      return rule.service && caller.scopes.includes(permission)
  }
}

export function allow(caller: Caller, permission: Permission, table: AccessTable): void {
  if (!mayDo(caller, permission, table)) throw new Failure('FORBIDDEN')
}
