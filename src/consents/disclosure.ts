import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned, type DataCategory } from '../persistence/index.js'
import type { Purpose } from '../tenancy/index.js'

const DisclosureSchema = defineEntity({
  name: 'Disclosure',
  tableName: 'disclosures',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    appId: p.uuid(),
    /** The app's name at the time: customers see no apps, and must see who read. */
    recipientName: p.string().length(200),
    purpose: p.string().length(20).$type<Purpose>(),
    categories: p.json<DataCategory[]>(),
    objectCount: p.integer(),
    fieldCount: p.integer(),
    /** The `Request-Id` of the answer. */
    requestId: p.string().length(100),
    occurredAt: p.datetime(3),
  },
  indexes: [
    { name: 'disclosures_occurred_idx', properties: ['tenantId', 'occurredAt', 'id'] },
    {
      name: 'disclosures_customer_occurred_idx',
      properties: ['tenantId', 'customerId', 'occurredAt', 'id'],
    },
  ],
  ...customerOwned('CONSENT_RECORD'),
})

/** What one answer showed one app of one customer: how much of what, never the values. Append-only. */
export class Disclosure extends DisclosureSchema.class {}
DisclosureSchema.setClass(Disclosure)
