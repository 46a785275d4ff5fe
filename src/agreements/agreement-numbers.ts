import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned, type Operation } from '../persistence/index.js'
import type { Agreement } from './agreement.js'

/** What is numbered per agreement. */
export type NumberedKind = 'TICKET' | 'BREACH'

/** The last number given, per agreement and kind: a tenant-wide one would tell one customer how busy the others are. */
export const AgreementNumber = defineEntity({
  name: 'AgreementNumber',
  tableName: 'agreement_numbers',
  properties: {
    tenantId: p.uuid().primary(),
    agreementId: p.uuid().primary(),
    kind: p.string().length(10).primary(),
    customerId: p.uuid(),
    last: p.integer(),
  },
  ...customerOwned('CONTRACT'),
})

/** The next number of an agreement, from 1. Its row stays locked until the change commits, so that none is lost or given twice. */
export async function nextNumber(
  operation: Operation,
  agreement: Agreement,
  kind: NumberedKind,
): Promise<number> {
  const [row] = await operation.run<{ last: number }>(
    `insert into agreement_numbers (tenant_id, agreement_id, kind, customer_id, last) values ($1, $2, $3, $4, 1)
     on conflict (tenant_id, agreement_id, kind) do update set last = agreement_numbers.last + 1 returning last`,
    [agreement.tenantId, agreement.id, kind, agreement.customerId],
  )
  return (row as { last: number }).last
}
