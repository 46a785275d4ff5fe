import {
  type Agreement,
  type AgreementVersion,
  findAgreement,
  versionInForceAt,
} from '../agreements/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import { formatMinor } from '../platform/money.js'
import { civilDate } from '../platform/time.js'
import { checkText } from '../tenancy/index.js'
import { checkAmount, checkTaxCode, checkTaxRate } from './checks.js'
import { type FeeSchedule, type Period, PERIODS_PER_YEAR, periodOf, feeOfPeriod } from './fee-schedule.js'
import { standingSchedule } from './fee-schedules.js'
import { recordInvoice } from './invoice-finding.js'
import { Invoice, InvoiceLine } from './invoice.js'
import { type Taxed, taxedFromGross, taxedFromNet, totalOf } from './tax.js'

/** What is billed in where nothing says otherwise: the currency of the form. */
const DEFAULT_CURRENCY = 'CNY'
/** Lines of one invoice: enough for any seen, small enough to answer without pages. */
const MAX_LINES = 100

export interface LineInput {
  description: string
  taxCode?: string | null
  taxRatePercent: string
  gross?: string | null
  net?: string | null
}

export interface DraftInvoiceInput {
  agreementId: string
  period?: number | null
  lines?: LineInput[] | null
  currency?: string | null
  externalReference?: string | null
}

interface Line extends Taxed {
  description: string
  taxCode: string | null
  taxRatePercent: string
}

interface Bill {
  currency: string
  lines: Line[]
  period: Period | null
  feeSchedule: FeeSchedule | null
}

/**
 * Draws up an invoice: for a period of the fee schedule, or for the lines given. Under the agreement's lock, so that two
 * can't bill the same period.
 */
export async function draftInvoice(
  operation: Operation,
  input: DraftInvoiceInput,
  actor: EventActor,
): Promise<Invoice> {
  const agreement = await findAgreement(operation, { agreementId: input.agreementId })
  const now = await operation.now()
  const version = await versionInForceAt(operation, agreement, now)
  if (!version)
    throw refuse('INVALID_STATE', {
      field: ['input', 'agreementId'],
      params: { state: agreement.state },
      clause: '1.3.1',
    })
  const schedule = await standingSchedule(operation, version.id)
  const bill = input.lines
    ? billOfLines(input, input.lines, schedule)
    : await billOfPeriod(operation, input, agreement, version, schedule)
  const { net, tax, gross } = totalOf(bill.lines)
  const invoice = operation.em.create(Invoice, {
    tenantId: agreement.tenantId,
    id: newUuid(),
    customerId: agreement.customerId,
    agreementId: agreement.id,
    feeScheduleId: bill.feeSchedule?.id ?? null,
    state: 'DRAFT',
    currency: bill.currency,
    net,
    tax,
    total: gross,
    paid: 0n,
    credited: 0n,
    periodNumber: bill.period?.number ?? null,
    periodStartsOn: bill.period?.startsOn ?? null,
    periodEndsOn: bill.period?.endsOn ?? null,
    datedOn: civilDate(now, agreement.timeZone),
    externalReference: referenceOf(input),
    createdAt: now,
    updatedAt: now,
  })
  await operation.em.flush()
  for (const [index, line] of bill.lines.entries()) addLine(operation, invoice, line, index + 1)
  recordInvoice(operation, invoice, 'invoice.drafted', actor, now)
  return invoice
}

function billOfLines(
  input: DraftInvoiceInput,
  lines: readonly LineInput[],
  schedule: FeeSchedule | undefined,
): Bill {
  const field = ['input', 'lines']
  if (input.period != null)
    throw refuse('INVALID', { field: ['input', 'period'], messageKey: 'LINES_OR_PERIOD' })
  if (lines.length === 0) throw refuse('REQUIRED', { field })
  if (lines.length > MAX_LINES) throw refuse('TOO_MANY', { field, params: { max: MAX_LINES } })
  const currency = input.currency ?? schedule?.currency ?? DEFAULT_CURRENCY
  return {
    currency,
    lines: lines.map((line, index) => checkedLine(line, currency, [...field, String(index)])),
    period: null,
    feeSchedule: null,
  }
}

/** The period that was asked for, or the first that no standing invoice bills. */
async function billOfPeriod(
  operation: Operation,
  input: DraftInvoiceInput,
  agreement: Agreement,
  version: AgreementVersion,
  schedule: FeeSchedule | undefined,
): Promise<Bill> {
  if (!schedule)
    throw refuse('REQUIRED', { field: ['input', 'lines'], messageKey: 'NO_FEE_SCHEDULE', clause: '3.2.1' })
  if (input.currency != null && input.currency !== schedule.currency)
    throw refuse('INVALID', { field: ['input', 'currency'], clause: '3.2.1' })
  const field = ['input', 'period']
  const last = Number(version.terms.termYears) * PERIODS_PER_YEAR[schedule.billingPeriod]
  if (input.period != null && input.period < 1) throw refuse('TOO_SMALL', { field, params: { min: 1 } })
  if (input.period != null && input.period > last)
    throw refuse('TOO_LARGE', { field, params: { max: last }, clause: '1.3.1' })
  // Of a tiny fee a period may round to nothing, and an invoice over nothing can't be paid.
  const isOwed = (number: number): boolean => feeOfPeriod(schedule, number).gross > 0n
  const { currency } = schedule
  if (input.period != null && !isOwed(input.period))
    throw refuse('TOO_SMALL', {
      field,
      params: { min: formatMinor({ minor: 1n, currency }) },
      clause: '3.2.1',
    })
  const billed = await billedPeriods(operation, agreement)
  const wanted = input.period == null ? Array.from({ length: last }, (_, index) => index + 1) : [input.period]
  const period = wanted
    .filter(isOwed)
    .map(number => periodOf(agreement.effectiveOn as string, schedule.billingPeriod, number))
    .find(each => !billed.some(other => overlap(each, other)))
  if (!period) throw refuse('TAKEN', { field, messageKey: 'PERIOD_BILLED' })
  const line = {
    description: `维护服务费 ${period.startsOn} 至 ${period.endsOn}`,
    taxCode: schedule.taxCode ?? null,
    taxRatePercent: schedule.taxRatePercent,
    ...feeOfPeriod(schedule, period.number),
  }
  return { currency, lines: [line], period, feeSchedule: schedule }
}

/** By their days and not their numbers: another version may bill in other periods. */
async function billedPeriods(
  operation: Operation,
  agreement: Agreement,
): Promise<{ startsOn: string; endsOn: string }[]> {
  return operation.run(
    `select period_starts_on::text as "startsOn", period_ends_on::text as "endsOn" from invoices
     where tenant_id = $1 and agreement_id = $2 and period_number is not null and state not in ('VOID', 'CREDITED')`,
    [agreement.tenantId, agreement.id],
  )
}

const overlap = (a: { startsOn: string; endsOn: string }, b: { startsOn: string; endsOn: string }): boolean =>
  a.startsOn <= b.endsOn && b.startsOn <= a.endsOn

/** One of net and gross is given, the other follows; tax is rounded once, on this line. */
function checkedLine(line: LineInput, currency: string, at: string[]): Line {
  const taxRatePercent = checkTaxRate(line.taxRatePercent, [...at, 'taxRatePercent'])
  if ((line.gross == null) === (line.net == null))
    throw refuse(line.gross == null ? 'REQUIRED' : 'INVALID', {
      field: [...at, 'gross'],
      messageKey: 'NET_OR_GROSS',
    })
  const taxed =
    line.gross != null
      ? taxedFromGross(checkAmount(line.gross, currency, [...at, 'gross']), taxRatePercent)
      : taxedFromNet(checkAmount(line.net as string, currency, [...at, 'net']), taxRatePercent)
  return {
    description: checkText(line.description, [...at, 'description'], { max: 500 }),
    taxCode: checkTaxCode(line.taxCode, [...at, 'taxCode']),
    taxRatePercent,
    ...taxed,
  }
}

function addLine(operation: Operation, invoice: Invoice, line: Line, ordinal: number): void {
  operation.em.create(InvoiceLine, {
    tenantId: invoice.tenantId,
    id: newUuid(),
    customerId: invoice.customerId,
    invoiceId: invoice.id,
    ordinal,
    ...line,
  })
}

function referenceOf({ externalReference }: DraftInvoiceInput): string | null {
  if (externalReference == null) return null
  return checkText(externalReference, ['input', 'externalReference'], { max: 100, blank: true }) || null
}
