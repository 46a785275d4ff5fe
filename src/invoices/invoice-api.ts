import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { AGREEMENT_ID, AgreementType, VersionType, recordConditions } from '../agreements/index.js'
import { obligationsOfSubject, ObligationType, toObligation } from '../obligations/index.js'
import { type Condition, type ListQuery, readPage, sumOf } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { toMoney } from '../platform/graphql/money.js'
import { type Page, orderedBy, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { publicId } from '../platform/ids.js'
import { CUSTOMER_ID, CustomerType, findNode, pageOfParent, Request } from '../tenancy/index.js'
import { InvoiceOrderField } from './invoice-enums.js'
import { INVOICE_ID, PAYMENT_DUTY } from './invoice-finding.js'
import { InvoiceFilter, InvoiceOrder } from './invoice-inputs.js'
import {
  creditNotesOf,
  feeScheduleOfVersion,
  INVOICE_COLUMNS,
  type InvoiceRow,
  linesOf,
  newestInvoicesOf,
} from './invoice-loaders.js'
import {
  CreditNoteType,
  FeeScheduleType,
  InvoiceConnection,
  InvoiceLineType,
  type InvoiceTotalsType,
  InvoiceType,
  toCreditNote,
  toFeeSchedule,
  toInvoice,
  toInvoiceLine,
} from './invoice-types.js'

@Resolver(() => InvoiceType)
export class InvoiceResolver {
  @Allow('invoice:read')
  @Query(() => InvoiceType, {
    nullable: true,
    description: 'An invoice by its id; null when there is none that you may see.',
  })
  invoice(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${INVOICE_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('invoice:read')
  @Query(() => InvoiceConnection, {
    nullable: true,
    description: 'Invoices that you may see, the newest first.',
  })
  async invoices(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => InvoiceFilter, { nullable: true, description: 'Which ones.' })
    filter: InvoiceFilter | null,
    @Arg('orderBy', () => InvoiceOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: InvoiceOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<InvoiceType>> {
    const query = invoiceQuery(request, page, filter, orderBy)
    return withTotals(request, query, await readPage(request.reads, request.seals, query))
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement it is billed under. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() invoice: InvoiceType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, invoice.agreementId))
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'Who owes it (乙方). Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  customer(@Root() invoice: InvoiceType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(CUSTOMER_ID, invoice.customerId))
  }

  @FieldResolver(() => [InvoiceLineType], { description: 'What it bills, in order.' })
  async lines(@Root() invoice: InvoiceType, @Ctx('request') request: Request): Promise<InvoiceLineType[]> {
    return (await request.load(linesOf, invoice.uuid)).map(toInvoiceLine)
  }

  @FieldResolver(() => [CreditNoteType], {
    description: 'Red-letter credit notes; at most one, since they take back the whole.',
  })
  async credits(@Root() invoice: InvoiceType, @Ctx('request') request: Request): Promise<CreditNoteType[]> {
    return (await request.load(creditNotesOf, invoice.uuid)).map(toCreditNote)
  }

  @FieldResolver(() => Boolean, {
    description:
      'True when it is owed and the day it was due on has ended (clause 3.4.1); never while payment is suspended, or while that day is an estimate.',
  })
  async overdue(@Root() invoice: InvoiceType, @Ctx('request') request: Request): Promise<boolean> {
    const owed = invoice.state === 'ISSUED' || invoice.state === 'PARTLY_PAID'
    if (!owed || invoice.dueAt === null || invoice.duePending) return false
    return invoice.dueAt <= (await request.now())
  }

  @FieldResolver(() => ObligationType, {
    nullable: true,
    description:
      "The customer's duty to pay it (clause 3.4.1); null in a draft, or when you may not see it. Data category BREACH.",
  })
  @Discloses('BREACH')
  async obligation(
    @Root() invoice: InvoiceType,
    @Ctx('request') request: Request,
  ): Promise<ObligationType | null> {
    const rows = await request.load(obligationsOfSubject, invoice.uuid)
    const duty = rows.find(row => row.kind === PAYMENT_DUTY)
    return duty ? toObligation(duty) : null
  }
}

@Resolver(() => AgreementType)
export class AgreementInvoicesResolver {
  @FieldResolver(() => InvoiceConnection, {
    nullable: true,
    description: 'Its invoices that you may see, the newest first. Data category INVOICE.',
  })
  @Discloses('INVOICE')
  async invoices(
    @Root() agreement: AgreementType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => InvoiceFilter, { nullable: true, description: 'Which ones.' })
    filter: InvoiceFilter | null,
    @Arg('orderBy', () => InvoiceOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: InvoiceOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<InvoiceType> | null> {
    const query = invoiceQuery(request, page, filter, orderBy, agreement.uuid)
    const found = await pageOfParent(request, newestInvoicesOf, agreement.uuid, query, [filter, orderBy])
    return withTotals(request, query, found)
  }
}

@Resolver(() => VersionType)
export class VersionFeeScheduleResolver {
  @FieldResolver(() => FeeScheduleType, {
    nullable: true,
    description:
      'What maintenance costs under it (clauses 3.1.1, 3.2.1 and 3.4.1); null while nobody has said. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  async feeSchedule(
    @Root() version: VersionType,
    @Ctx('request') request: Request,
  ): Promise<FeeScheduleType | null> {
    const row = await request.load(feeScheduleOfVersion, version.uuid)
    return row && toFeeSchedule(row)
  }
}

function invoiceQuery(
  request: Request,
  page: PageArgs,
  filter: InvoiceFilter | null,
  orderBy: InvoiceOrder | null,
  agreementUuid: string | null = null,
): ListQuery<InvoiceRow, InvoiceType> {
  const order = orderBy ?? { field: InvoiceOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byIssue = order.field === InvoiceOrderField.ISSUED_ON
  return {
    from: 'invoices',
    columns: INVOICE_COLUMNS,
    where: invoiceConditions(request, filter, agreementUuid),
    // A draft has no day of issue, and a list can't be walked over nulls: it stands at the day it was drafted.
    orderBy: orderedBy(byIssue ? 'datedOn' : 'createdAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`invoices ${agreementUuid ?? ''}`, order, filter),
    toEntry: toInvoice,
  }
}

/** A page with what the whole list comes to. */
const withTotals = (
  request: Request,
  query: ListQuery<InvoiceRow, InvoiceType>,
  page: Page<InvoiceType>,
): Page<InvoiceType> => Object.assign(page, { totals: () => totalsOf(request, query) })

async function totalsOf(
  request: Request,
  query: ListQuery<InvoiceRow, InvoiceType>,
): Promise<InvoiceTotalsType[]> {
  const rows = await sumOf<{ currency: string; open: string; overdue: string }>(
    request.reads,
    query,
    `currency, sum(${BALANCE}) filter (where ${OWED}) as open, sum(${BALANCE}) filter (where ${OVERDUE}) as overdue`,
    'currency',
  )
  return rows
    .filter(({ open }) => open !== null)
    .map(({ currency, open, overdue }) => ({
      currency,
      open: toMoney({ minor: BigInt(open), currency }),
      overdue: toMoney({ minor: BigInt(overdue ?? 0), currency }),
    }))
}

const BALANCE = 'total - paid - credited'
const OWED = `state in ('ISSUED', 'PARTLY_PAID')`
const OVERDUE = `(${OWED} and not due_pending and due_at <= (select surety_now()))`

function invoiceConditions(
  request: Request,
  filter: InvoiceFilter | null,
  agreementUuid: string | null,
): Condition[] {
  const where = recordConditions(request, filter, agreementUuid)
  if (filter?.overdue != null)
    where.push({ sql: filter.overdue ? OVERDUE : `not coalesce(${OVERDUE}, false)` })
  return where
}
