import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned, type DataCategory } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import type { DisclosureOperation, Purpose } from '../tenancy/index.js'

export type AuthorizationState = 'ACTIVE' | 'REVOKED' | 'EXPIRED'

const AuthorizationSchema = defineEntity({
  name: 'DisclosureAuthorization',
  tableName: 'disclosure_authorizations',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    appId: p.uuid(),
    /** The app's name when it was authorised: whom the customer meant. */
    recipientName: p.string().length(200),
    purpose: p.string().length(20).$type<Purpose>(),
    /** The purpose in words: there for OTHER, else null. */
    purposeText: p.string().length(500).nullable(),
    categories: p.json<DataCategory[]>(),
    operations: p.json<DisclosureOperation[]>(),
    /** The instant from which it opens nothing any more; null: until it's revoked. */
    validUntil: p.datetime(3).nullable(),
    revokedAt: p.datetime(3).nullable(),
    /** Callers' hashed ids, never names. */
    authorizedBy: p.string().length(64),
    revokedBy: p.string().length(64).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'disclosure_authorizations_app_idx', properties: ['tenantId', 'appId', 'customerId'] },
    { name: 'disclosure_authorizations_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    {
      name: 'disclosure_authorizations_customer_created_idx',
      properties: ['tenantId', 'customerId', 'createdAt', 'id'],
    },
  ],
  ...customerOwned('CONSENT_RECORD'),
})

/**
 * "乙方同意" of 8.2.1: one customer lets one app have its records, for one purpose, in these categories and operations.
 * What it says never changes: to open more or less, it's revoked and another one is made.
 */
export class DisclosureAuthorization extends AuthorizationSchema.class {
  stateAt(now: Date): AuthorizationState {
    if (this.revokedAt != null) return 'REVOKED'
    return this.validUntil != null && this.validUntil <= now ? 'EXPIRED' : 'ACTIVE'
  }

  /** Closed from now on, also what a token already asks for. */
  revoke(by: string, now: Date): void {
    if (this.revokedAt != null) {
      throw refuse('INVALID_STATE', {
        field: ['input', 'disclosureAuthorizationId'],
        params: { state: 'REVOKED' },
      })
    }
    this.revokedAt = now
    this.revokedBy = by
    this.updatedAt = now
  }
}
AuthorizationSchema.setClass(DisclosureAuthorization)
