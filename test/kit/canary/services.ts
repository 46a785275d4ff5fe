import { createHash, randomUUID } from 'node:crypto'
import type { AgreementHandle, Caller, Customer, World } from '../world.js'
import { done } from '../done.js'

/**
 * What a customer asked for, was billed and has backed up: every column of these rooms holds something. Some of it comes
 * too late, which takes time to pass: the steps are the fill's own, and between them the world's clock is moved on.
 */
export interface Services {
  /** When the slots of the backups are open: what keeps one and what misses one. */
  atSlots: () => Promise<void>
  /** When all that was left undone is missed. */
  afterwards: () => Promise<void>
}

/** A day's slot by the standard form's zone, and how long after it a verified run is owed at the latest. */
const DAILY_AT = '02:30'
const GRACE_MINUTES = 60
const FEES = { annualFee: cny('240000.00'), taxRatePercent: '6', taxCode: '3040203000000000000' }
const CLAIMED_AT = '2026-01-01T00:00:00Z'
const SHA256 = 'a'.repeat(64)

/** People who report: each ticket has one, and they differ in what an app may see of them. */
export async function fillServices(customer: Customer, reporters: readonly string[]): Promise<Services> {
  const agreement = await servedAgreement(customer)
  await fillTickets(agreement, reporters)
  await fillInvoices(agreement)
  const admin = await customer.provider.admin()
  const policy = { agreementId: agreement.id, dailyAt: DAILY_AT, graceMinutes: GRACE_MINUTES }
  await done(admin, 'backupPolicySet', { ...policy, dailyAt: '23:00', retentionDays: 7 })
  await done(admin, 'backupPolicySet', policy)
  return {
    atSlots: () => fillBackups(agreement),
    afterwards: async () => {
      const { tickets } = await admin.ask(
        'query ($filter: TicketFilter) { tickets(filter: $filter) { nodes { id } } }',
        { filter: { agreementId: agreement.id, state: ['REPORTED'], kind: ['FAULT'] } },
      )
      await done(admin, 'ticketRespond', { ticketId: tickets.nodes[0].id, text: 'too late' })
    },
  }
}

/** In force, with software it covers, fees both sides signed, and a rule that prices a late answer by them. */
async function servedAgreement(customer: Customer): Promise<AgreementHandle> {
  const admin = await customer.provider.admin()
  const agreement = await customer.draft()
  const agreementId = agreement.id
  const software = [{ product: 'Ticket desk', version: '7', environment: 'production' }]
  await done(admin, 'coveredSoftwareSet', { agreementId, software })
  await done(admin, 'feeScheduleSet', { agreementId, ...FEES, billingPeriod: 'MONTHLY' })
  const { currentVersion } = await agreement.read('currentVersion { damagesRules { id dutyClauses } }')
  const offered = currentVersion.damagesRules.find((each: { dutyClauses: string[] }) =>
    each.dutyClauses.includes('2.3.1'),
  )
  const rule = {
    dutyClauses: ['2.3.1'],
    basis: 'ANNUAL_FEE',
    mode: 'ONE_OFF',
    ratePercent: '5',
    capPercent: '20',
  }
  await done(admin, 'agreementDamagesRuleSet', { agreementId, ruleId: offered.id, rule })
  await agreement.submit()
  await agreement.signByBoth()
  return agreement
}

/** One that went through every state, and one for each reporter that nobody answers. */
async function fillTickets(agreement: AgreementHandle, reporters: readonly string[]): Promise<void> {
  const member = await agreement.customer.user('MEMBER')
  const agent = await agreement.customer.provider.staff('AGENT')
  const { currentVersion } = await agreement.read('currentVersion { coveredSoftware { id } }')
  const report = async (reporterId: string | undefined): Promise<string> => {
    const { ticket } = await done(
      member,
      'ticketReport',
      {
        agreementId: agreement.id,
        kind: 'FAULT',
        subject: 'no answers',
        description: 'none since this morning',
        priority: 'HIGH',
        channel: 'PHONE',
        softwareId: currentVersion.coveredSoftware[0].id,
        reporterId,
        clientId: randomUUID(),
        claimedAt: CLAIMED_AT,
      },
      'ticket { id }',
    )
    return ticket.id
  }
  for (const reporterId of reporters) await report(reporterId)
  const ticketId = await report(reporters[0])
  await done(member, 'ticketComment', { ticketId, text: 'more of it', clientId: randomUUID() })
  await done(agent, 'ticketRespond', { ticketId, text: 'looking' })
  await done(agent, 'ticketStart', { ticketId })
  await done(agent, 'ticketRequestInfo', { ticketId, text: 'which version', claimedAt: CLAIMED_AT })
  await done(member, 'ticketProvideInfo', { ticketId, text: 'the seventh' })
  await attach(agreement.customer.provider.world, member, ticketId)
  await done(agent, 'ticketResolve', { ticketId, text: 'mended' })
  await done(member, 'ticketClose', { ticketId })
  // What is support after all, about software in somebody's own words, and then the same once more.
  const software = { product: 'ticket desk', version: '7', environment: 'production' }
  const support = { kind: 'SUPPORT', category: 'TRAINING', software }
  const [first, second] = [await report(reporters[0]), await report(reporters[0])] as const
  for (const id of [first, second]) await done(agent, 'ticketReclassify', { ticketId: id, ...support })
  await done(agent, 'ticketMarkDuplicate', { ticketId: second, duplicateOfId: first })
}

/** A file that was announced, and is forgotten before long, and one that came. */
async function attach(world: World, member: Caller, ticketId: string): Promise<void> {
  const bytes = Buffer.from('what the log says')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const file = { fileName: 'log.txt', contentType: 'text/plain', byteSize: bytes.length, sha256 }
  await done(member, 'attachmentUploadCreate', { ticketId, ...file })
  const offline = { ticketId, ...file, clientId: randomUUID() }
  const { uploadUrl } = await done(member, 'attachmentUploadCreate', offline, 'uploadUrl')
  const sent = await fetch(new URL(new URL(uploadUrl).pathname, world.address), {
    method: 'PUT',
    body: bytes,
  })
  if (sent.status !== 204) throw new Error(`the file was not taken: ${sent.status}`)
}

/** A period billed and paid, lines billed and credited, one thrown away. */
async function fillInvoices(agreement: AgreementHandle): Promise<void> {
  const finance = await agreement.customer.provider.staff('FINANCE')
  const agreementId = agreement.id
  const draft = async (input: object): Promise<string> =>
    (await done(finance, 'invoiceDraft', { agreementId, ...input }, 'invoice { id }')).invoice.id
  const lines = [{ description: 'a day on site', taxCode: FEES.taxCode, taxRatePercent: '6', gross: '1060' }]
  const eInvoice = {
    number: '24312000000000000001',
    sellerTaxId: '91310000MA1FL0000A',
    buyerTaxId: '91330100MA2B3C4D5E',
  }
  const [billed, credited] = [await draft({ externalReference: 'ERP 1' }), await draft({ lines })]
  const documentUrl = 'https://invoices.example/1.pdf'
  await done(finance, 'invoiceIssue', { invoiceId: billed, eInvoice, documentUrl })
  await done(finance, 'invoiceIssue', { invoiceId: credited, eInvoice })
  const credit = { reason: 'billed twice', eInvoiceNumber: '24312000000000000002' }
  await done(finance, 'invoiceCredit', { invoiceId: credited, ...credit })
  await done(finance, 'invoiceVoid', { invoiceId: await draft({ lines }) })
  for (const reference of ['bank 1', 'bank 2']) {
    const amount = { invoiceId: billed, amount: cny('100.00'), reference, evidence: 'a statement' }
    const { payment } = await done(
      finance,
      'paymentRecord',
      {
        ...amount,
        creditedAt: '2026-01-01T00:00:00Z',
      },
      'payment { id }',
    )
    if (reference === 'bank 2')
      await done(finance, 'paymentReverse', { paymentId: payment.id, reason: 'bounced' })
  }
}

/** A run that keeps the slot which is open now, and one that fails. */
async function fillBackups(agreement: AgreementHandle): Promise<void> {
  const admin = await agreement.customer.provider.admin()
  const agreementId = agreement.id
  const start = async (): Promise<string> =>
    (await done(admin, 'backupRunStart', { agreementId }, 'backupRun { id }')).backupRun.id
  const [kept, failed] = [await start(), await start()]
  const copy = { byteSize: '1024', sha256: SHA256, reference: 'tape 7' }
  await done(admin, 'backupRunFinish', { runId: kept, succeeded: true, ...copy })
  await done(admin, 'backupRunVerify', { runId: kept, succeeded: true, note: 'read back' })
  await done(admin, 'backupRunFinish', { runId: failed, succeeded: false, note: 'disk full' })
}

function cny(amount: string): object {
  return { amount, currency: 'CNY' }
}
