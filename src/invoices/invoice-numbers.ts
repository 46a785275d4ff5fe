import { defineEntity, p } from '@mikro-orm/postgresql'
import { bookkeeping, type Operation } from '../persistence/index.js'

/** What is numbered per tenant: invoices, and the red-letter notes that take them back. */
export type NumberedDocument = 'INVOICE' | 'CREDIT_NOTE'

/** The last number given, per tenant and kind. */
export const DocumentNumber = defineEntity({
  name: 'DocumentNumber',
  tableName: 'document_numbers',
  properties: {
    tenantId: p.uuid().primary(),
    kind: p.string().length(12).primary(),
    last: p.integer(),
  },
  ...bookkeeping(),
})

/**
 * The next number of the tenant, from 1. Its row stays locked until the change commits and goes back with one that
 * doesn't, so that no number is missing or given twice. It's a lock per tenant: take it last.
 */
export async function nextDocumentNumber(operation: Operation, kind: NumberedDocument): Promise<number> {
  const [row] = await operation.run<{ last: number }>(
    `insert into document_numbers (tenant_id, kind, last) values ($1, $2, 1)
     on conflict (tenant_id, kind) do update set last = document_numbers.last + 1 returning last`,
    [operation.session.tenantId, kind],
  )
  return (row as { last: number }).last
}
