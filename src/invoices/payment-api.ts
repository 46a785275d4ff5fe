import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { AGREEMENT_ID, AgreementType, recordConditions } from '../agreements/index.js'
import { type Condition, type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { publicId, uuidOf } from '../platform/ids.js'
import { findNode, pageOfParent, Request } from '../tenancy/index.js'
import { PaymentOrderField } from './invoice-enums.js'
import { INVOICE_ID } from './invoice-finding.js'
import { PaymentFilter, PaymentOrder } from './invoice-inputs.js'
import { newestPaymentsOf, PAYMENT_COLUMNS, type PaymentRow } from './invoice-loaders.js'
import { InvoiceType, PaymentConnection, PaymentType, toPayment } from './invoice-types.js'
import { PAYMENT_ID } from './payments.js'

@Resolver(() => PaymentType)
export class PaymentResolver {
  @Allow('payment:read')
  @Query(() => PaymentType, {
    nullable: true,
    description: 'A payment by its id; null when there is none that you may see.',
  })
  payment(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${PAYMENT_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('payment:read')
  @Query(() => PaymentConnection, {
    nullable: true,
    description: 'Payments that you may see, the newest first.',
  })
  payments(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => PaymentFilter, { nullable: true, description: 'Which ones.' })
    filter: PaymentFilter | null,
    @Arg('orderBy', () => PaymentOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: PaymentOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<PaymentType>> {
    return readPage(request.reads, request.seals, paymentQuery(request, page, filter, orderBy))
  }

  @FieldResolver(() => InvoiceType, {
    nullable: true,
    description: 'The invoice it was credited for. Data category INVOICE.',
  })
  @Discloses('INVOICE')
  invoice(@Root() payment: PaymentType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(INVOICE_ID, payment.invoiceId))
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement of that invoice. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() payment: PaymentType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, payment.agreementId))
  }
}

@Resolver(() => InvoiceType)
export class InvoicePaymentsResolver {
  @FieldResolver(() => PaymentConnection, {
    nullable: true,
    description:
      'Payments on it that you may see, the newest first, reversed ones among them. Data category PAYMENT.',
  })
  @Discloses('PAYMENT')
  async payments(
    @Root() invoice: InvoiceType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => PaymentFilter, { nullable: true, description: 'Which ones.' })
    filter: PaymentFilter | null,
    @Arg('orderBy', () => PaymentOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: PaymentOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<PaymentType> | null> {
    const query = paymentQuery(request, page, filter, orderBy, invoice.uuid)
    return pageOfParent(request, newestPaymentsOf, invoice.uuid, query, [filter, orderBy])
  }
}

function paymentQuery(
  request: Request,
  page: PageArgs,
  filter: PaymentFilter | null,
  orderBy: PaymentOrder | null,
  invoiceUuid: string | null = null,
): ListQuery<PaymentRow, PaymentType> {
  const order = orderBy ?? { field: PaymentOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byCredit = order.field === PaymentOrderField.CREDITED_AT
  return {
    from: 'payments',
    columns: PAYMENT_COLUMNS,
    where: paymentConditions(request, filter, invoiceUuid),
    orderBy: orderedBy(byCredit ? 'creditedAt' : 'createdAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`payments ${invoiceUuid ?? ''}`, order, filter),
    toEntry: toPayment,
  }
}

function paymentConditions(
  request: Request,
  filter: PaymentFilter | null,
  invoiceUuid: string | null,
): Condition[] {
  const where = recordConditions(request, filter)
  if (invoiceUuid !== null) where.push({ sql: 'invoice_id = ?', value: invoiceUuid })
  if (filter?.invoiceId != null)
    where.push({ sql: 'invoice_id = ?::uuid', value: uuidOf(INVOICE_ID, filter.invoiceId) })
  if (filter?.reference != null) where.push({ sql: 'reference = ?', value: filter.reference })
  return where
}
