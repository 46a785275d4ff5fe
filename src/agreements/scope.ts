import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'

/** What an agreement covers, and how help is reached: parts of a version beside its clauses. */

export const SOFTWARE_ID = 'sof'

const CoveredSoftwareSchema = defineEntity({
  name: 'CoveredSoftware',
  tableName: 'covered_software',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    versionId: p.uuid(),
    ordinal: p.smallint(),
    product: p.string().length(200),
    productVersion: p.string().length(100).nullable(),
    environment: p.string().length(200).nullable(),
  },
  uniques: [
    { name: 'covered_software_ordinal_key', properties: ['tenantId', 'versionId', 'ordinal'] },
    { name: 'covered_software_customer_key', properties: ['tenantId', 'customerId', 'id'] },
  ],
  ...customerOwned('CONTRACT'),
})

/** 1.2.1: a product the agreement is about. A ticket on any other has no clock. */
export class CoveredSoftware extends CoveredSoftwareSchema.class {}
CoveredSoftwareSchema.setClass(CoveredSoftware)

export type SupportChannelKind = 'PHONE' | 'EMAIL' | 'ONLINE'

const SupportChannelSchema = defineEntity({
  name: 'SupportChannel',
  tableName: 'support_channels',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    versionId: p.uuid(),
    ordinal: p.smallint(),
    kind: p.string().length(10).$type<SupportChannelKind>(),
    /** A hotline, a mailbox, a web address of the provider: nobody's personal one. */
    address: p.string().length(320),
    hours: p.string().length(200).nullable(),
  },
  uniques: [{ name: 'support_channels_ordinal_key', properties: ['tenantId', 'versionId', 'ordinal'] }],
  ...customerOwned('CONTRACT'),
})

/** 7.1.1: a way to reach support. */
export class SupportChannel extends SupportChannelSchema.class {}
SupportChannelSchema.setClass(SupportChannel)
