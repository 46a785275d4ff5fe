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
  const numbers = await nextNumbers(operation, [{ agreement, count: 1 }], kind)
  return numbers.get(agreement.id) as number
}

/** The first of so many next numbers of each agreement. The rows are locked in one order, so that nobody waits in a ring. */
export async function nextNumbers(
  operation: Operation,
  wanted: readonly { agreement: Pick<Agreement, 'id' | 'customerId'>; count: number }[],
  kind: NumberedKind,
): Promise<Map<string, number>> {
  const rows = await operation.run<{ id: string; last: number }>(
    `insert into agreement_numbers (tenant_id, agreement_id, kind, customer_id, last)
     select $1, wanted.agreement_id, $2, wanted.customer_id, wanted.count
     from unnest($3::uuid[], $4::uuid[], $5::int[]) as wanted (agreement_id, customer_id, count) order by wanted.agreement_id
     on conflict (tenant_id, agreement_id, kind) do update set last = agreement_numbers.last + excluded.last
     returning agreement_id as id, last`,
    [
      operation.session.tenantId,
      kind,
      wanted.map(({ agreement }) => agreement.id),
      wanted.map(({ agreement }) => agreement.customerId),
      wanted.map(({ count }) => count),
    ],
  )
  const counts = new Map(wanted.map(({ agreement, count }) => [agreement.id, count]))
  return new Map(rows.map(({ id, last }) => [id, last - (counts.get(id) as number) + 1]))
}
