import { type Debt, type DebtsOf, repriceDebt } from '../breaches/index.js'
import { eachEvent, statement } from '../persistence/index.js'

interface TakenRow {
  invoiceId: string
  currency: string
  total: string
  kind: Debt['reductions'][number]['kind'] | null
  at: Date | string | null
  amount: string | null
}

const takenOfInvoices = statement(
  'taken_of_invoices',
  `select invoice.id as "invoiceId", invoice.currency, invoice.total::text, taken.kind, taken.at, taken.amount::text
   from invoices as invoice left join lateral (
     select 'PAYMENT' as kind, credited_at as at, amount from payments
     where tenant_id = $1 and invoice_id = invoice.id and state = 'RECORDED'
     union all
     select 'CREDIT_NOTE', created_at, total from credit_notes where tenant_id = $1 and invoice_id = invoice.id) as taken on true
   where invoice.tenant_id = $1 and invoice.id = any ($2::uuid[]) and invoice.number is not null`,
)

/** What issued invoices ask for, tax included, and what was paid or credited of it. */
export const debtsOfInvoices: DebtsOf = async (reads, invoiceIds) => {
  const rows = await reads.rows<TakenRow>(takenOfInvoices, [reads.session.tenantId, invoiceIds])
  return new Map(
    [...Map.groupBy(rows, row => row.invoiceId)].map(([id, taken]) => {
      const { currency, total } = taken[0] as TakenRow
      const reductions = taken.flatMap(({ kind, at, amount }) =>
        kind && at && amount ? { kind, at: new Date(at), amount: BigInt(amount) } : [],
      )
      return [id, { currency, principal: BigInt(total), reductions }]
    }),
  )
}

/** A payment came or went: what the lateness of its invoice costs is another sum. */
export const paymentsOfDebts = eachEvent((operation, { data, actor }) =>
  repriceDebt(operation, data?.invoiceId as string, actor),
)

/** A credit note took an invoice back. */
export const creditsOfDebts = eachEvent((operation, { subject, actor }) =>
  repriceDebt(operation, subject.id, actor),
)
