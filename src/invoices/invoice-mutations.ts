import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Field, Info, Mutation, ObjectType, Resolver } from 'type-graphql'
import { agreementById, AgreementType, toAgreement } from '../agreements/index.js'
import type { Operation } from '../persistence/index.js'
import { Allow, UserError, payloadOf } from '../platform/graphql/contract.js'
import { Request } from '../tenancy/index.js'
import { setFeeSchedule } from './fee-schedules.js'
import { draftInvoice } from './invoice-drafting.js'
import {
  FeeScheduleSetInput,
  InvoiceCreditInput,
  InvoiceDraftInput,
  InvoiceIssueInput,
  InvoiceVoidInput,
  PaymentRecordInput,
  PaymentReverseInput,
} from './invoice-inputs.js'
import { creditNoteById, feeScheduleById, invoiceById, paymentById } from './invoice-loaders.js'
import {
  CreditNoteType,
  FeeScheduleType,
  InvoiceType,
  PaymentType,
  toCreditNote,
  toFeeSchedule,
  toInvoice,
  toPayment,
} from './invoice-types.js'
import type { Invoice } from './invoice.js'
import { creditInvoice, issueInvoice, voidInvoice } from './invoices.js'
import type { Payment } from './payment.js'
import { recordPayment, reversePayment } from './payments.js'

@ObjectType({ description: 'What `feeScheduleSet` did.', simpleResolvers: true })
class FeeScheduleSetPayload {
  @Field(() => FeeScheduleType, {
    nullable: true,
    description: 'The fee schedule; null when nothing happened.',
  })
  feeSchedule!: unknown

  @Field(() => AgreementType, {
    nullable: true,
    description: 'The agreement as it is now; null when nothing happened.',
  })
  agreement!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

interface InvoicePayload {
  invoice: () => Promise<InvoiceType | null> | null
  userErrors: UserError[]
}

const invoicePayload = (mutation: string): ClassType<InvoicePayload> =>
  payloadOf<InvoicePayload>(mutation, {
    invoice: {
      type: () => InvoiceType,
      description: 'The invoice as it is now; null when nothing happened.',
    },
  })

const InvoiceDraftPayload = invoicePayload('invoiceDraft')
const InvoiceIssuePayload = invoicePayload('invoiceIssue')
const InvoiceVoidPayload = invoicePayload('invoiceVoid')

@ObjectType({ description: 'What `invoiceCredit` did.', simpleResolvers: true })
class InvoiceCreditPayload {
  @Field(() => CreditNoteType, {
    nullable: true,
    description: 'The red-letter note; null when nothing happened.',
  })
  creditNote!: unknown

  @Field(() => InvoiceType, {
    nullable: true,
    description: 'The invoice as it is now; null when nothing happened.',
  })
  invoice!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

interface PaymentPayload extends InvoicePayload {
  payment: () => Promise<PaymentType | null> | null
}

const paymentPayload = (mutation: string): ClassType<PaymentPayload> =>
  payloadOf<PaymentPayload>(mutation, {
    payment: {
      type: () => PaymentType,
      description: 'The payment as it is now; null when nothing happened.',
    },
    invoice: {
      type: () => InvoiceType,
      description: 'Its invoice as it is now; null when nothing happened.',
    },
  })

const PaymentRecordPayload = paymentPayload('paymentRecord')
const PaymentReversePayload = paymentPayload('paymentReverse')

@Resolver()
export class InvoiceMutations {
  @Allow('fee:write')
  @Mutation(() => FeeScheduleSetPayload, {
    nullable: true,
    description:
      'Says what maintenance costs under the newest version (clauses 3.1.1, 3.2.1 and 3.4.1). While that version is open both sides sign it with the text, so that a change voids signatures given so far; a version in force that left it blank takes it as a fact, `signedWithVersion` false. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  async feeScheduleSet(
    @Arg('input', () => FeeScheduleSetInput, { description: 'The fees.' }) input: FeeScheduleSetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<FeeScheduleSetPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => {
      const schedule = await setFeeSchedule(operation, input, request.actor)
      return { feeScheduleId: schedule.id, agreementId: schedule.agreementId }
    })
    return {
      feeSchedule: () =>
        ids && request.load(feeScheduleById, ids.feeScheduleId).then(row => row && toFeeSchedule(row)),
      agreement: () =>
        ids && request.load(agreementById, ids.agreementId).then(row => row && toAgreement(row)),
      userErrors,
    }
  }

  @Allow('invoice:write')
  @Mutation(() => InvoiceDraftPayload, {
    nullable: true,
    description:
      'Draws up an invoice for a period of the fee schedule, or for the lines given; nothing is owed yet (clauses 3.1.1 and 3.2.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, TAKEN, TOO_LARGE, TOO_LONG, TOO_MANY, TOO_SMALL.',
  })
  invoiceDraft(
    @Arg('input', () => InvoiceDraftInput, { description: 'What to bill.' }) input: InvoiceDraftInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InvoicePayload> {
    return changeInvoice(request, info, input, operation => draftInvoice(operation, input, request.actor))
  }

  @Allow('invoice:write')
  @Mutation(() => InvoiceIssuePayload, {
    nullable: true,
    description:
      'Issues a draft: it gets the next number of the tenant, and the customer owes it until the end of the day it falls due on (clause 3.4.1): calendar days after receipt, which do not roll over rest days. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  invoiceIssue(
    @Arg('input', () => InvoiceIssueInput, { description: 'The draft.' }) input: InvoiceIssueInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InvoicePayload> {
    return changeInvoice(request, info, input, operation => issueInvoice(operation, input, request.actor))
  }

  @Allow('invoice:write')
  @Mutation(() => InvoiceVoidPayload, {
    nullable: true,
    description:
      'Gives up a draft. What was issued is credited instead. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  invoiceVoid(
    @Arg('input', () => InvoiceVoidInput, { description: 'The draft.' }) input: InvoiceVoidInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InvoicePayload> {
    return changeInvoice(request, info, input, operation => voidInvoice(operation, input, request.actor))
  }

  @Allow('invoice:write')
  @Mutation(() => InvoiceCreditPayload, {
    nullable: true,
    description:
      'Takes an issued invoice back in full by a red-letter credit note (红字发票). What was paid on it stays as the credit of the customer, a negative balance. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async invoiceCredit(
    @Arg('input', () => InvoiceCreditInput, { description: 'The invoice, and why.' })
    input: InvoiceCreditInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InvoiceCreditPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => {
      const note = await creditInvoice(operation, input, request.actor)
      return { creditNoteId: note.id, invoiceId: note.invoiceId }
    })
    return {
      creditNote: () =>
        ids && request.load(creditNoteById, ids.creditNoteId).then(row => row && toCreditNote(row)),
      invoice: () => ids && readInvoice(request, ids.invoiceId),
      userErrors,
    }
  }

  @Allow('payment:write')
  @Mutation(() => PaymentRecordPayload, {
    nullable: true,
    description:
      'Enters funds that were credited for an issued invoice (clause 3.4.1). They count at `creditedAt`. More than is owed is kept as credit of the customer, a negative balance. One that is entered after the invoice was found overdue does not undo that finding yet. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TAKEN, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  paymentRecord(
    @Arg('input', () => PaymentRecordInput, { description: 'The funds.' }) input: PaymentRecordInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PaymentPayload> {
    return changePayment(request, info, input, operation => recordPayment(operation, input, request.actor))
  }

  @Allow('payment:write')
  @Mutation(() => PaymentReversePayload, {
    nullable: true,
    description:
      'The funds went back, or never came: the balance rises again, and a duty that they had met runs on to its due instant (clause 3.4.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  paymentReverse(
    @Arg('input', () => PaymentReverseInput, { description: 'The payment, and why.' })
    input: PaymentReverseInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PaymentPayload> {
    return changePayment(request, info, input, operation => reversePayment(operation, input, request.actor))
  }
}

async function changeInvoice(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<Invoice>,
): Promise<InvoicePayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    invoiceId: (await work(operation)).id,
  }))
  return { invoice: () => ids && readInvoice(request, ids.invoiceId), userErrors }
}

async function changePayment(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<Payment>,
): Promise<PaymentPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => {
    const { id, invoiceId } = await work(operation)
    return { paymentId: id, invoiceId }
  })
  return {
    payment: () => {
      if (!ids || !request.mayDo('payment:read')) return null
      return request.load(paymentById, ids.paymentId).then(row => row && toPayment(row))
    },
    invoice: () => ids && readInvoice(request, ids.invoiceId),
    userErrors,
  }
}

/** A service may record payments without being allowed to read invoices. */
function readInvoice(request: Request, id: string): Promise<InvoiceType | null> | null {
  return request.mayDo('invoice:read')
    ? request.load(invoiceById, id).then(row => row && toInvoice(row))
    : null
}
