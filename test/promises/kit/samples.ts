import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { done } from '../../kit/done.js'
import { civilDate } from '../../../src/platform/time.js'
import { consentIds, consentRequest, decide, Partner } from '../../kit/partners.js'
import {
  contractText,
  type AgreementHandle,
  type Caller,
  type Customer,
  filledTerms,
} from '../../kit/world.js'

/** One customer of one provider, with something of every kind: the ground on which operations are tried. */
export interface Ground {
  customer: Customer
  admin: Caller
  signatory: Caller
  /** A public id by type name, one of every type that `node` finds. */
  ids: Record<string, string>
}

type Input = Record<string, unknown>

/**
 * For every mutation inputs that succeed for its sender, on objects made for the occasion; together they name every id
 * the mutation takes. A new mutation needs a sample here before it has passed the promises.
 */
const OFFICE = { serviceWindow: { opens: '09:00', closes: '18:00' } }

export const SAMPLES: Record<string, (ground: Ground) => Promise<Input[]>> = {
  customerCreate: async () => [{ number: fresh('N'), name: 'A customer', creditCode: null }],
  customerUpdate: async ({ customer }) => [{ customerId: customer.id, name: 'Another name' }],
  personUpsert: async ({ customer, admin }) => [
    { customerId: customer.id, name: 'A person', email: 'a@example.com', phone: '1' },
    { personId: await person(admin, customer.id), name: 'A person' },
    { personId: await person(admin, customer.id), customerId: customer.id, name: 'A person' },
  ],
  personErase: async ({ customer, admin }) => [{ personId: await person(admin, customer.id) }],
  issuerRegister: async () => [issuer()],
  callerMap: async ({ ids, customer }) => [
    {
      issuerId: ids.Issuer,
      subject: fresh('s'),
      kind: 'CUSTOMER',
      customerId: customer.id,
      roles: ['MEMBER'],
    },
    { issuerId: ids.Issuer, subject: fresh('s'), kind: 'STAFF', roles: ['AGENT'] },
  ],
  issuerDisable: async ({ admin }) => [
    { issuerId: (await done(admin, 'issuerRegister', issuer(), 'issuer { id }')).issuer.id },
  ],
  callerUnmap: async ({ ids, admin }) => {
    const to = { issuerId: ids.Issuer, subject: fresh('s'), kind: 'STAFF', roles: ['AGENT'] }
    const { callerMapping } = await done(admin, 'callerMap', to, 'callerMapping { id }')
    return [{ callerMappingId: callerMapping.id }]
  },
  tokenRevoke: async () => [{ tokenId: randomUUID() }],
  agreementImport: async ({ customer }) => [
    { customerId: customer.id, text: contractText(fresh('A')), ...OFFICE },
  ],
  agreementDraft: async ({ customer }) => [
    { customerId: customer.id, terms: filledTerms(fresh('A')), ...OFFICE },
  ],
  agreementTermsSet: async ({ customer }) => [
    { ...(await draft(customer)), terms: { termYears: 2 }, ...OFFICE },
  ],
  agreementDamagesRuleSet: async ({ customer }) => {
    const agreement = await customer.draft()
    const target = { agreementId: agreement.id }
    const ruleId = await ruleOf(agreement, '3.4.1')
    return [
      { ...target, rule: rule('8.2.1') },
      { ...target, ruleId, rule: rule('3.4.1') },
    ]
  },
  agreementDamagesRuleRemove: async ({ customer }) => {
    const agreement = await customer.draft()
    return [{ agreementId: agreement.id, ruleId: await ruleOf(agreement, '3.4.1') }]
  },
  coveredSoftwareSet: async ({ customer }) => [
    { ...(await draft(customer)), software: [{ product: 'Desk', version: '1', environment: 'here' }] },
  ],
  supportChannelSet: async ({ customer }) => [
    { ...(await draft(customer)), channels: [{ kind: 'PHONE', address: '400', hours: 'always' }] },
  ],
  agreementSubmitForSigning: async ({ customer }) => [await draft(customer)],
  agreementSign: async ({ customer, admin }) => {
    const [online, paper] = [await customer.draft(), await customer.draft()]
    const signatoryId = await person(admin, customer.id)
    return [
      { agreementId: online.id, contentHash: await online.submit(), signatoryId },
      {
        agreementId: paper.id,
        contentHash: await paper.submit(),
        method: 'PAPER',
        act: 'SEAL',
        occurredAt: '2026-01-05T02:00:00.000Z',
        evidence: 'A scan',
      },
    ]
  },
  agreementCancel: async ({ customer }) => [await draft(customer)],
  agreementSuspend: async ({ customer }) => [
    { ...(await inForce(customer)), scopes: ['BACKUP'], reason: 'Works' },
  ],
  agreementResume: async ({ customer, admin }) => {
    const target = await inForce(customer)
    await done(admin, 'agreementSuspend', { ...target, scopes: ['BACKUP'], reason: 'Works' })
    return [{ ...target, scopes: ['BACKUP'] }]
  },
  agreementAmend: async ({ customer, admin }) => {
    const effectiveFrom = new Date(new Date(await serverTime(admin)).getTime() + 86_400_000).toISOString()
    return [{ ...(await inForce(customer)), effectiveFrom, terms: { restoreHours: '9' } }]
  },
  agreementRenew: async ({ customer }) => [
    { ...(await inForce(customer)), terms: { contractNumber: fresh('A') } },
  ],
  agreementTerminate: async ({ customer }) => [{ ...(await inForce(customer)), reason: 'They parted' }],
  ticketReport: async ({ customer, admin }) => {
    const agreement = await customer.agreement()
    return [
      { agreementId: agreement.id, kind: 'FAULT', subject: 'Down' },
      {
        agreementId: agreement.id,
        kind: 'SUPPORT',
        subject: 'How?',
        reporterId: await person(admin, customer.id),
      },
      { ...(await withSoftware(customer)), kind: 'FAULT', subject: 'Down' },
      {
        agreementId: agreement.id,
        kind: 'SUPPORT',
        category: 'TRAINING',
        subject: 'How?',
        software: { product: 'Desk', version: '7', environment: 'production' },
      },
    ]
  },
  ticketComment: async ground => [{ ...(await ticket(ground)), text: 'More of it' }],
  ticketRespond: async ground => [{ ...(await ticket(ground)), text: 'On it' }],
  ticketStart: async ground => {
    const target = await ticket(ground)
    await done(ground.admin, 'ticketRespond', { ...target, text: 'On it' })
    return [target]
  },
  ticketResolve: async ground => [{ ...(await ticket(ground)), text: 'Done' }],
  ticketClose: async ground => {
    const target = await ticket(ground)
    await done(ground.admin, 'ticketResolve', target)
    return [target]
  },
  attachmentUploadCreate: async ground => [{ ...(await ticket(ground)), ...FILE }],
  ticketRequestInfo: async ground => [{ ...(await ticket(ground)), text: 'Which version?' }],
  ticketProvideInfo: async ground => {
    const target = await ticket(ground)
    const asked = { ...target, text: 'Which version?' }
    const { question } = await done(ground.admin, 'ticketRequestInfo', asked, 'question { id }')
    return [{ ...target, questionId: question.id, text: 'Seven' }]
  },
  ticketReopen: async ground => {
    const target = await ticket(ground)
    await done(ground.admin, 'ticketResolve', target)
    return [{ ...target, text: 'It is back' }]
  },
  ticketReclassify: async ground => {
    const covered = await withSoftware(ground.customer)
    const { softwareId, agreementId } = covered
    const reported = { agreementId, kind: 'FAULT', subject: 'Down' }
    const made = await done(ground.admin, 'ticketReport', reported, 'ticket { id }')
    return [
      { ticketId: made.ticket.id, kind: 'SUPPORT', category: 'TRAINING', softwareId },
      { ...(await ticket(ground)), software: { product: 'Desk', version: '7', environment: 'production' } },
    ]
  },
  ticketMarkDuplicate: async ({ customer, admin }) => {
    const input = { ...(await inForce(customer)), kind: 'FAULT', subject: 'Down' }
    const [first, second] = [
      await done(admin, 'ticketReport', input, 'ticket { id }'),
      await done(admin, 'ticketReport', input, 'ticket { id }'),
    ]
    return [{ ticketId: second.ticket.id, duplicateOfId: first.ticket.id }]
  },
  backupPolicySet: async ({ customer }) => [
    { ...(await inForce(customer)), dailyAt: '02:30', graceMinutes: 60, retentionDays: 30 },
  ],
  backupRunStart: async ({ customer }) => [await inForce(customer)],
  backupRunFinish: async ground => [
    { runId: await run(ground), succeeded: true, byteSize: '1', sha256: 'a'.repeat(64), reference: 'here' },
    { runId: await run(ground), succeeded: false, note: 'The disk is full' },
  ],
  backupRunVerify: async ground => {
    const runId = await run(ground)
    await done(ground.admin, 'backupRunFinish', {
      runId,
      succeeded: true,
      byteSize: '1',
      sha256: 'a'.repeat(64),
    })
    return [{ runId, succeeded: true, note: 'Read back' }]
  },
  findingReport: async ground => {
    const { agreementId, breachId } = await finding(ground, 'CUSTOMER')
    const found = { agreementId, dutyClause: '4.2.1', occurredAt: await serverTime(ground.admin) }
    const told = { description: 'Told a third party', evidence: 'A letter' }
    return [
      { ...found, ...told, owedBy: 'PROVIDER' },
      { ...found, ...told, causeBreachId: breachId },
    ]
  },
  breachConfirm: async ground => [
    { breachId: (await finding(ground, 'CUSTOMER')).breachId, note: 'So it is' },
  ],
  breachNotify: async ground => [{ breachId: await claimed(ground, 'CUSTOMER', 'breachConfirm') }],
  breachAccept: async ground => [{ breachId: await notified(ground) }],
  breachDispute: async ground => [{ breachId: await notified(ground), grounds: 'It was public' }],
  breachUphold: async ground => [
    { breachId: await disputed(ground), ...decisionOf('AWARD'), amount: money('5.00') },
  ],
  breachReject: async ground => [{ breachId: await disputed(ground), ...decisionOf('JUDGMENT') }],
  breachWaive: async ground => [{ breachId: (await finding(ground, 'CUSTOMER')).breachId, reason: 'Once' }],
  breachCure: async ground => {
    const { breachId } = await finding(ground, 'CUSTOMER')
    return [{ breachId, curedAt: await serverTime(ground.admin), evidence: 'A letter' }]
  },
  breachLinkRootCause: async ground => {
    const { agreementId, breachId } = await finding(ground, 'CUSTOMER')
    const other = await finding(ground, 'CUSTOMER', agreementId)
    return [{ breachId, toBreachId: other.breachId, reason: 'One leak' }]
  },
  lossClaimFile: async ground => {
    const { assessmentId } = await finding(ground, 'CUSTOMER')
    return [{ assessmentId, loss: money('7.00'), evidence: 'A bill' }]
  },
  lossClaimWithdraw: async ground => {
    const { assessmentId } = await finding(ground, 'CUSTOMER')
    await done(ground.admin, 'lossClaimFile', { assessmentId, loss: money('7.00'), evidence: 'A bill' })
    return [{ assessmentId, reason: 'It was covered' }]
  },
  assessmentAgree: async ground => {
    const { assessmentId } = await finding(ground, 'CUSTOMER')
    return [{ assessmentId, amount: money('9.00'), note: 'So be it' }]
  },
  factCorrect: async ground => {
    const { ticketId } = await ticket(ground)
    const { ticket: read } = await ground.admin.ask(
      'query ($id: ID!) { ticket(id: $id) { responseObligation { id } } }',
      { id: ticketId },
    )
    const occurredAt = await serverTime(ground.admin)
    return [{ obligationId: read.responseObligation.id, fact: 'STOPPED', occurredAt, evidence: 'A call' }]
  },
  assessmentSettle: async ground => {
    const { assessmentId } = await finding(ground, 'CUSTOMER')
    for (const side of [ground.admin, ground.signatory])
      await done(side, 'assessmentAgree', { assessmentId, amount: money('9.00') })
    return [{ assessmentId, settledAt: await serverTime(ground.admin), evidence: 'A slip' }]
  },
  feeScheduleSet: async ({ customer }) => [
    {
      ...(await draft(customer)),
      annualFee: money('240000.00'),
      taxRatePercent: '6',
      taxCode: '1'.repeat(19),
    },
  ],
  invoiceDraft: async ({ customer }) => [
    { ...(await withFees(customer)), period: 1, externalReference: 'PO 7' },
    {
      ...(await withFees(customer)),
      lines: [{ ...line('1060.00'), taxCode: '1'.repeat(19) }],
      currency: 'CNY',
    },
    {
      ...(await withFees(customer)),
      lines: [{ description: 'Maintenance', taxRatePercent: '6', net: '1000.00' }],
    },
  ],
  invoiceIssue: async ground => {
    const today = await civilToday(ground)
    const eInvoice = { number: '1'.repeat(20), sellerTaxId: '1'.repeat(18), buyerTaxId: '2'.repeat(18) }
    const dates = { issuedOn: today, receivedOn: today, documentUrl: 'https://example.com/1.pdf' }
    return [{ invoiceId: await drafted(ground), ...dates, eInvoice }]
  },
  invoiceVoid: async ground => [{ invoiceId: await drafted(ground) }],
  invoiceCredit: async ground => [
    { invoiceId: await issued(ground), reason: 'Billed twice', eInvoiceNumber: '1'.repeat(20) },
  ],
  paymentRecord: async ground => [await payment(ground)],
  paymentReverse: async ground => [{ paymentId: await paid(ground), reason: 'It bounced' }],
  calendarPublish: async () => [
    {
      ...{
        jurisdiction: 'CN',
        source: 'A notice',
        publishedFrom: '2040-01-01',
        publishedThrough: '2040-12-31',
      },
      ...{ weekend: [6, 7], restDays: ['2040-01-01'], workDays: ['2040-01-07'] },
    },
  ],
  appRegister: async () => [
    { name: 'App', contact: 'it@app.example', scopes: ['viewer:read'], trustedOnly: false },
  ],
  appRotateSecret: async ({ admin }) => [{ appId: await app(admin) }],
  appDisable: async ({ admin }) => [{ appId: await app(admin) }],
  appTrustedOnlySet: async ({ admin }) => [{ appId: await app(admin), trustedOnly: true }],
  trustedDocumentsPublish: async ({ ids }) => [
    { manifest: { [fresh('d')]: 'query A { viewer { kind } }' } },
    { manifest: { [fresh('d')]: 'query A { viewer { kind } }' }, appId: ids.App },
  ],
  disclosureAuthorize: async ({ ids }) => [
    {
      ...{ appId: ids.App, recipientName: 'Partner', purpose: 'SUPPORT_PORTAL', categories: ['CONTRACT'] },
      operations: ['READ'],
    },
    {
      ...{
        appId: ids.App,
        recipientName: 'Partner',
        purpose: 'OTHER',
        purposeText: 'a study',
        categories: ['TICKET'],
      },
      ...{ validUntil: '2100-01-01T00:00:00.000Z' },
    },
  ],
  webhookEndpointCreate: async () => [
    { url: HOOK, description: 'An ERP', types: ['TICKET_REPORTED'], payload: 'THIN' },
  ],
  webhookEndpointUpdate: async ({ admin }) => [
    {
      webhookEndpointId: await hook(admin),
      url: `${HOOK}/other`,
      description: 'Another ERP',
      types: ['TICKET_CLOSED'],
      payload: 'FULL',
    },
  ],
  webhookEndpointRotateSecret: async ({ admin }) => [{ webhookEndpointId: await hook(admin) }],
  webhookEndpointDisable: async ({ admin }) => [{ webhookEndpointId: await hook(admin) }],
  webhookEndpointEnable: async ({ admin }) => {
    const webhookEndpointId = await hook(admin)
    await done(admin, 'webhookEndpointDisable', { webhookEndpointId })
    return [{ webhookEndpointId }]
  },
  webhookEndpointTest: async ({ admin }) => [{ webhookEndpointId: await hook(admin) }],
  webhookReplay: async ({ admin }) => [
    { webhookEndpointId: await hook(admin), after: (await admin.ask('{ eventCursor }')).eventCursor },
  ],
  disclosureRevoke: async ground => [{ disclosureAuthorizationId: await authorization(ground) }],
  consentRequest: async ({ ids, customer, admin }) => {
    const asked = consentRequest(ids.App as string, await person(admin, customer.id)) as Input
    const more = { recipientContact: 'dpo@app.example', termMonths: 12, timeZone: 'Asia/Shanghai' }
    return [
      { ...asked, ...more },
      { ...asked, purpose: 'OTHER', purposeText: 'a study' },
    ]
  },
  consentGrant: async ground => [decision(await consent(ground))],
  consentRefuse: async ground => [decision(await consent(ground))],
  consentWithdraw: async ground => {
    const consentRecordId = await consent(ground)
    await decide(ground.customer, 'consentGrant', consentRecordId)
    return [decision(consentRecordId)]
  },
}

/** Mutations that the customer alone may send; all others an ADMIN sends. */
const OF_THE_CUSTOMER = [
  'disclosureAuthorize',
  'disclosureRevoke',
  'consentGrant',
  'consentRefuse',
  'consentWithdraw',
]
export const senderOf = (ground: Ground, mutation: string): Caller =>
  OF_THE_CUSTOMER.includes(mutation) ? ground.signatory : ground.admin

/** Fills a customer and its provider. `app` is an app of that provider, by its id. */
export async function fill(customer: Customer): Promise<Ground> {
  const { provider } = customer
  const admin = await provider.admin()
  const partner = await Partner.register(provider)
  const { issuer: registered } = await done(admin, 'issuerRegister', issuer(), 'issuer { id }')
  const mapping = { issuerId: registered.id, subject: fresh('s'), kind: 'STAFF', roles: ['AGENT'] }
  const { callerMapping } = await done(admin, 'callerMap', mapping, 'callerMapping { id }')
  const viewer = (await admin.ask('{ viewer { id tenant { id } } }')).viewer
  const personId = await person(admin, customer.id)
  return {
    customer,
    admin,
    signatory: await customer.signatory(),
    ids: {
      Tenant: viewer.tenant.id,
      App: partner.id,
      Viewer: viewer.id,
      Issuer: registered.id,
      CallerMapping: callerMapping.id,
      CalendarVersion: await calendarOf(admin),
      Customer: customer.id,
      Person: personId,
      ...(await recordIds(customer, admin)),
      ...(await consentIds(partner, customer, personId)),
      ...(await hookIds(customer)),
    },
  }
}

/** What the provider has published: one of its own, and the same for all its customers. */
async function calendarOf(admin: Caller): Promise<string> {
  const { calendarVersions } = await admin.ask('{ calendarVersions(last: 1) { nodes { id } } }')
  const [oldest] = calendarVersions.nodes
  if (oldest) return oldest.id
  const [days] = await (SAMPLES.calendarPublish as () => Promise<Input[]>)()
  return (await done(admin, 'calendarPublish', days as Input, 'calendarVersion { id }')).calendarVersion.id
}

/** Ids of what every caller of a provider sees, whosever they are: its name and its calendar. */
export const ofTheTenant = ({ ids }: Pick<Ground, 'ids'>): (string | undefined)[] => [
  ids.Tenant,
  ids.CalendarVersion,
]

/** One agreement with something of every room on it. */
async function recordIds(customer: Customer, admin: Caller): Promise<Record<string, string>> {
  const agreement = await customer.draft()
  const ids = await agreementIds(agreement, admin)
  const target = { agreementId: agreement.id }
  return { ...ids, ...(await invoiceIds(target, admin)), ...(await clockIds(target, customer, admin)) }
}

async function agreementIds(agreement: AgreementHandle, admin: Caller): Promise<Record<string, string>> {
  const target = { agreementId: agreement.id }
  await done(admin, 'feeScheduleSet', { ...target, annualFee: money('240000.00'), taxRatePercent: '6' })
  await done(admin, 'coveredSoftwareSet', { ...target, software: [{ product: 'Desk' }] })
  await done(admin, 'supportChannelSet', { ...target, channels: [{ kind: 'PHONE', address: '400' }] })
  await agreement.submit()
  await agreement.signByBoth()
  await done(admin, 'agreementSuspend', { ...target, scopes: ['BACKUP'], reason: 'Works' })
  await done(admin, 'agreementResume', { ...target, scopes: ['BACKUP'] })
  const found = await agreement.read(`suspensions { id } currentVersion {
    id feeSchedule { id } clauses { id } signatures { id } damagesRules { id } coveredSoftware { id } supportChannels { id } }`)
  const version = found.currentVersion
  return {
    Agreement: agreement.id,
    AgreementVersion: version.id,
    FeeSchedule: version.feeSchedule.id,
    Clause: version.clauses[0].id,
    AgreementSignature: version.signatures[0].id,
    DamagesRule: version.damagesRules[0].id,
    CoveredSoftware: version.coveredSoftware[0].id,
    SupportChannel: version.supportChannels[0].id,
    AgreementSuspension: found.suspensions[0].id,
  }
}

async function app(admin: Caller): Promise<string> {
  const input = { name: 'App', contact: 'it@app.example', scopes: ['viewer:read'] }
  return (await done(admin, 'appRegister', input, 'app { id }')).app.id
}

async function authorization({ ids, signatory }: Ground): Promise<string> {
  const input = { appId: ids.App, recipientName: 'Partner', purpose: 'AUDIT', categories: ['BREACH'] }
  const made = await done(signatory, 'disclosureAuthorize', input, 'disclosureAuthorization { id }')
  return made.disclosureAuthorization.id
}

async function consent({ ids, admin, customer }: Ground): Promise<string> {
  const input = consentRequest(ids.App as string, await person(admin, customer.id)) as Input
  return (await done(admin, 'consentRequest', input, 'consentRecord { id }')).consentRecord.id
}

/** Secrecy that was broken, as the provider reports it. */
async function finding(
  { customer, admin }: Ground,
  owedBy: 'PROVIDER' | 'CUSTOMER',
  agreementId?: string,
): Promise<{ agreementId: string; breachId: string; assessmentId: string }> {
  const of = agreementId ?? (await inForce(customer)).agreementId
  const input = {
    ...{ agreementId: of, dutyClause: '4.2.1', owedBy, occurredAt: await serverTime(admin) },
    ...{ description: 'Told a third party', evidence: 'A letter' },
  }
  const made = await done(admin, 'findingReport', input, 'breach { id } assessment { id }')
  return { agreementId: of as string, breachId: made.breach.id, assessmentId: made.assessment.id }
}

/** One that the side that was wronged has taken so far. */
async function claimed(
  ground: Ground,
  owedBy: 'PROVIDER' | 'CUSTOMER',
  ...steps: readonly ('breachConfirm' | 'breachNotify')[]
): Promise<string> {
  const { breachId } = await finding(ground, owedBy)
  for (const step of steps)
    await done(owedBy === 'CUSTOMER' ? ground.admin : ground.signatory, step, { breachId })
  return breachId
}

const notified = (ground: Ground): Promise<string> =>
  claimed(ground, 'PROVIDER', 'breachConfirm', 'breachNotify')

async function disputed(ground: Ground): Promise<string> {
  const breachId = await notified(ground)
  await done(ground.admin, 'breachDispute', { breachId, grounds: 'It was public' })
  return breachId
}

const decisionOf = (basis: 'AWARD' | 'JUDGMENT'): Input => ({
  basis,
  document: 'No. 7',
  decidedAt: '2026-01-05T02:00:00.000Z',
})

const decision = (consentRecordId: string): Input => ({
  consentRecordId,
  decidedAt: '2026-01-05T02:00:00.000Z',
  expressedBy: 'PAPER',
  evidence: 'A scan',
})

export const fresh = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 13)}`

const draft = async (customer: Customer): Promise<Input> => ({ agreementId: (await customer.draft()).id })
const inForce = async (customer: Customer): Promise<Input> => ({
  agreementId: (await customer.agreement()).id,
})

async function person(admin: Caller, customerId: string): Promise<string> {
  return (await done(admin, 'personUpsert', { customerId, name: 'A person' }, 'person { id }')).person.id
}

function issuer(): Input {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: fresh('kid'), use: 'sig', alg: 'ES256' }
  return { issuer: `https://${fresh('idp')}.example`, audience: 'surety', jwks: { keys: [key] } }
}

const rule = (clause: string): Input => ({
  dutyClauses: [clause],
  basis: 'ANNUAL_FEE',
  mode: 'ONE_OFF',
  ratePercent: '1',
  capPercent: '10',
  taxInclusive: true,
  allocation: 'DAMAGES_FIRST',
})

async function ruleOf(agreement: AgreementHandle, clause: string): Promise<string> {
  const { currentVersion } = await agreement.read('currentVersion { damagesRules { id dutyClauses } }')
  return currentVersion.damagesRules.find((each: { dutyClauses: string[] }) =>
    each.dutyClauses.includes(clause),
  ).id
}

/** What becomes of a fault that nobody answers and a backup that nobody makes, three days on. */
async function clockIds(
  { agreementId }: { agreementId: string },
  customer: Customer,
  admin: Caller,
): Promise<Record<string, string>> {
  const { world } = customer.provider
  await done(admin, 'backupPolicySet', { agreementId, dailyAt: '02:30' })
  const reported = await done(
    admin,
    'ticketReport',
    { agreementId, kind: 'FAULT', subject: 'Down' },
    'ticket { id }',
  )
  const ticketId = reported.ticket.id
  const { comment } = await done(admin, 'ticketComment', { ticketId, text: 'More of it' }, 'comment { id }')
  const asked = { ticketId, text: 'Which version?' }
  const { question, ticket } = await done(
    admin,
    'ticketRequestInfo',
    asked,
    'question { id } ticket { history { nodes { id } } }',
  )
  const file = { ticketId, ...FILE }
  const announced = await done(admin, 'attachmentUploadCreate', file, 'uploadUrl attachment { id }')
  // Sent, since what never is is forgotten before long.
  const { pathname } = new URL(announced.uploadUrl)
  await fetch(new URL(pathname, world.address), { method: 'PUT', body: FILE_BYTES })
  const again = await done(
    admin,
    'ticketReport',
    { agreementId, kind: 'FAULT', subject: 'Down' },
    'ticket { id }',
  )
  await done(admin, 'ticketMarkDuplicate', { ticketId: again.ticket.id, duplicateOfId: ticketId })
  await done(admin, 'agreementSuspend', { agreementId, scopes: ['SERVICE'], reason: 'Works' })
  await done(admin, 'agreementResume', { agreementId, scopes: ['SERVICE'] })
  const { ticket: seen } = await admin.ask(
    'query ($id: ID!) { ticket(id: $id) { responseObligation { pauses { id } } } }',
    { id: ticketId },
  )
  await world.setClock(new Date(new Date(await serverTime(admin)).getTime() + 3 * 24 * 60 * 60 * 1000))
  await world.ringDue()
  const started = await done(admin, 'backupRunStart', { agreementId }, 'backupRun { id }')
  const { agreement, events } = await admin.ask(
    `query ($id: ID!) { agreement(id: $id) { backupPolicy { id } breaches(filter: { dutyClause: ["8.3.1"] }) { nodes {
       id assessment { id total { amount } } obligation { id subject { id } } } } }
     events(filter: { agreementId: $id }) { nodes { id } } }`,
    { id: agreementId },
  )
  const [breach] = agreement.breaches.nodes
  const act = await done(
    admin,
    'assessmentAgree',
    { assessmentId: breach.assessment.id, ...(breach.assessment.total ? {} : { amount: money('1.00') }) },
    'assessment { acts { id } revisions { id } }',
  )
  return {
    Ticket: ticketId,
    TicketComment: comment.id,
    TicketQuestion: question.id,
    Attachment: announced.attachment.id,
    TicketAct: ticket.history.nodes[0].id,
    Obligation: breach.obligation.id,
    ObligationPause: seen.responseObligation.pauses[0].id,
    Breach: breach.id,
    Assessment: breach.assessment.id,
    AssessmentRevision: act.assessment.revisions[0].id,
    ClaimAct: act.assessment.acts[0].id,
    BackupPolicy: agreement.backupPolicy.id,
    BackupSlot: breach.obligation.subject.id,
    BackupRun: started.backupRun.id,
    RecordEvent: events.nodes[0].id,
  }
}

/** Where nobody is: a test's world finds no address for any name. */
const HOOK = 'https://hooks.example.com/surety'

/** An endpoint of its own; where so many were made that there is no room, the provider's others make some. */
async function hook(caller: Caller): Promise<string> {
  const make = () => caller.mutate('webhookEndpointCreate', { url: HOOK }, 'webhookEndpoint { id }')
  const made = await make()
  if (made.webhookEndpoint) return made.webhookEndpoint.id
  const { webhookEndpoints } = await caller.ask(
    '{ webhookEndpoints(first: 100, filter: { state: [ENABLED] }) { nodes { id customer { id } app { id } } } }',
  )
  for (const { id, customer, app: owner } of webhookEndpoints.nodes)
    if (!customer && !owner) await done(caller, 'webhookEndpointDisable', { webhookEndpointId: id })
  return (await make()).webhookEndpoint.id
}

/** What the customer set up, which its signatory, its services and staff see. */
async function hookIds(customer: Customer): Promise<Record<string, string>> {
  const signatory = await customer.signatory()
  const webhookEndpointId = await hook(signatory)
  const { webhookDelivery } = await done(
    signatory,
    'webhookEndpointTest',
    { webhookEndpointId },
    'webhookDelivery { id }',
  )
  return { WebhookEndpoint: webhookEndpointId, WebhookDelivery: webhookDelivery.id }
}

/** A paid invoice, and another one that was taken back. */
async function invoiceIds(target: { agreementId: string }, admin: Caller): Promise<Record<string, string>> {
  const made: { id: string; lines: { id: string }[] }[] = []
  for (const gross of ['106.00', '212.00']) {
    const input = { ...target, lines: [line(gross)] }
    const { invoice } = await done(admin, 'invoiceDraft', input, 'invoice { id lines { id } }')
    await done(admin, 'invoiceIssue', { invoiceId: invoice.id })
    made.push(invoice)
  }
  const [first, second] = made as [(typeof made)[number], (typeof made)[number]]
  const credited = { amount: money('50.00'), creditedAt: await serverTime(admin), reference: fresh('bank') }
  const paidOne = await done(admin, 'paymentRecord', { invoiceId: first.id, ...credited }, 'payment { id }')
  const taken = { invoiceId: second.id, reason: 'Billed twice' }
  const { creditNote } = await done(admin, 'invoiceCredit', taken, 'creditNote { id }')
  return {
    Invoice: first.id,
    InvoiceLine: (first.lines[0] as { id: string }).id,
    Payment: paidOne.payment.id,
    CreditNote: creditNote.id,
  }
}

/** A file of five bytes. */
const FILE_BYTES = 'hello'
const FILE = {
  fileName: 'log.txt',
  contentType: 'text/plain',
  byteSize: FILE_BYTES.length,
  sha256: createHash('sha256').update(FILE_BYTES).digest('hex'),
}

const money = (amount: string): Input => ({ amount, currency: 'CNY' })
const line = (gross: string): Input => ({ description: 'Maintenance', taxRatePercent: '6', gross })

/** An agreement in force whose fees both sides signed with it. */
async function withFees(customer: Customer): Promise<{ agreementId: string }> {
  const agreement = await customer.draft()
  const target = { agreementId: agreement.id }
  const fees = { annualFee: money('240000.00'), taxRatePercent: '6' }
  await done(await customer.provider.admin(), 'feeScheduleSet', { ...target, ...fees })
  await agreement.submit()
  await agreement.signByBoth()
  return target
}

async function drafted({ customer, admin }: Ground): Promise<string> {
  const input = { ...(await inForce(customer)), lines: [line('1060.00')] }
  return (await done(admin, 'invoiceDraft', input, 'invoice { id }')).invoice.id
}

async function issued(ground: Ground): Promise<string> {
  const invoiceId = await drafted(ground)
  await done(ground.admin, 'invoiceIssue', { invoiceId })
  return invoiceId
}

async function payment(ground: Ground): Promise<Input> {
  const invoiceId = await issued(ground)
  const creditedAt = await serverTime(ground.admin)
  return { invoiceId, amount: money('60.00'), creditedAt, reference: fresh('bank'), evidence: 'A slip' }
}

async function paid(ground: Ground): Promise<string> {
  return (await done(ground.admin, 'paymentRecord', await payment(ground), 'payment { id }')).payment.id
}

const serverTime = async (caller: Caller): Promise<string> =>
  (await caller.ask('{ viewer { serverTime } }')).viewer.serverTime

/** Today where the agreements are at home. */
async function civilToday({ admin }: Ground): Promise<string> {
  return civilDate(new Date(await serverTime(admin)), 'Asia/Shanghai')
}

/** An agreement in force, and software that it covers. */
async function withSoftware(customer: Customer): Promise<{ agreementId: string; softwareId: string }> {
  const agreement = await customer.draft()
  const target = { agreementId: agreement.id }
  const admin = await customer.provider.admin()
  await done(admin, 'coveredSoftwareSet', { ...target, software: [{ product: 'Desk' }] })
  await agreement.submit()
  await agreement.signByBoth()
  const { currentVersion } = await agreement.read('currentVersion { coveredSoftware { id } }')
  return { ...target, softwareId: currentVersion.coveredSoftware[0].id }
}

async function ticket({ customer, admin }: Ground): Promise<{ ticketId: string }> {
  const input = { ...(await inForce(customer)), kind: 'FAULT', subject: 'Down' }
  return { ticketId: (await done(admin, 'ticketReport', input, 'ticket { id }')).ticket.id }
}

async function run({ customer, admin }: Ground): Promise<string> {
  return (await done(admin, 'backupRunStart', await inForce(customer), 'backupRun { id }')).backupRun.id
}
