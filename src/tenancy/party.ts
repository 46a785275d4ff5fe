import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'

const customerWalls = customerOwned('CONTRACT', { customer: 'id' })

/** A customer (乙方): a party inside one tenant, and the second wall. An organisation, not a person. */
const CustomerSchema = defineEntity({
  name: 'Customer',
  tableName: 'customers',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    /** The provider's own number for it, unique in the tenant, kept as written. */
    number: p.string().length(40),
    name: p.string().length(200),
    /** 统一社会信用代码 (GB 32100-2015): 18 characters. */
    creditCode: p.string().length(18).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'customers_number_key', properties: ['tenantId', 'number'] }],
  indexes: [
    { name: 'customers_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'customers_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
  ],
  ...customerWalls,
})
export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer)

/**
 * A natural person: reporter, contact, signatory, data subject. All personal data lives here and nowhere else, so that
 * erasure and consent have one place; everything else holds the id.
 */
const PersonSchema = defineEntity({
  name: 'Person',
  tableName: 'persons',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    /** Null for the provider's own people, whom customers and apps don't see. */
    customerId: p.uuid().nullable(),
    name: p.string().length(200).nullable(),
    email: p.string().length(320).nullable(),
    phone: p.string().length(40).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    /** PIPL art. 47: erased on request; the row stays as an empty shell that ids may point to. */
    erasedAt: p.datetime(3).nullable(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'persons_customer_key', properties: ['tenantId', 'customerId', 'id'] }],
  indexes: [{ name: 'persons_customer_idx', properties: ['tenantId', 'customerId'] }],
  ...customerOwned('CONTACT'),
})
export class Person extends PersonSchema.class {
  /** Forgets what is personal. Safe to repeat. */
  erase(now: Date): void {
    this.name = null
    this.email = null
    this.phone = null
    this.updatedAt = now
    this.erasedAt ??= now
  }
}
PersonSchema.setClass(Person)

export const partyEntities = [Customer, Person]
