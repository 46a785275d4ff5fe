import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'

export type PaymentState = 'RECORDED' | 'REVERSED'

const PaymentSchema = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    invoiceId: p.uuid(),
    state: p.string().length(10).$type<PaymentState>(),
    currency: p.string().length(3),
    /** Minor units. */
    amount: p.bigint(),
    /** When the funds were credited, as stated by whoever entered it: the instant that counts. */
    creditedAt: p.datetime(3),
    /** The bank's own reference. */
    reference: p.string().length(100),
    evidence: p.string().length(2000).nullable(),
    reversedAt: p.datetime(3).nullable(),
    reversalReason: p.string().length(1000).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'payments_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'payments_credited_idx', properties: ['tenantId', 'creditedAt', 'id'] },
    { name: 'payments_invoice_idx', properties: ['tenantId', 'invoiceId', 'createdAt', 'id'] },
    { name: 'payments_invoice_credited_idx', properties: ['tenantId', 'invoiceId', 'creditedAt', 'id'] },
  ],
  ...customerOwned('PAYMENT'),
})

/** Funds that were credited to the provider for one invoice. A fact from elsewhere: it is entered, and may be reversed, never changed. */
export class Payment extends PaymentSchema.class {
  reverse(reason: string, now: Date): void {
    if (this.state !== 'RECORDED')
      throw refuse('INVALID_STATE', { field: ['input', 'paymentId'], params: { state: this.state } })
    this.state = 'REVERSED'
    this.reversedAt = now
    this.reversalReason = reason
    this.updatedAt = now
  }
}
PaymentSchema.setClass(Payment)
