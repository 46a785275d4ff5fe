import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import {
  correctObligation,
  lockObligation,
  type Obligation,
  pauseObligation,
} from '../../../src/obligations/index.js'
import { systemSession } from '../../../src/persistence/index.js'
import { newUuid, uuidOf } from '../../../src/platform/ids.js'
import { SYSTEM_ACTOR } from '../../../src/tenancy/index.js'
import { decide, Partner } from '../partners.js'
import { contractText, type Customer, type Provider } from '../world.js'
import { done } from '../done.js'
import { fillServices, type Services } from './services.js'

/**
 * Fills tenants through the public API, with something of every kind and in every state there is, so that every column
 * holds something. What is there to be taken away again is named `Removal`: its ids are those of things that once were.
 */
export type Removal = () => Promise<void>

/** A tenant's own identity provider, with a private key to sign for it. */
export interface IdentityProvider {
  issuerId: string
  privateKey: KeyObject
}

/** What belongs to no customer: an identity provider, who its subjects are, a document, a revoked token, an app, people. */
export async function fillProvider(provider: Provider, customer: Customer): Promise<IdentityProvider> {
  const admin = await provider.admin()
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = {
    ...publicKey.export({ format: 'jwk' }),
    kid: `key-of-${provider.slug}`,
    use: 'sig',
    alg: 'ES256',
  }
  const { issuer } = await done(
    admin,
    'issuerRegister',
    {
      issuer: `https://idp.${provider.slug}.example`,
      audience: `surety of ${provider.slug}`,
      jwks: { keys: [key] },
    },
    'issuer { id }',
  )
  const mappings = [
    { subject: 'mapped signatory', kind: 'CUSTOMER', customerId: customer.id, roles: ['SIGNATORY'] },
    { subject: 'mapped agent', kind: 'STAFF', roles: ['AGENT'] },
  ]
  for (const mapping of mappings)
    await done(admin, 'callerMap', { issuerId: issuer.id, ...mapping }, 'callerMapping { id }')
  const manifest = { [`page-of-${provider.slug}`]: 'query Page { viewer { kind } }' }
  await done(admin, 'trustedDocumentsPublish', { manifest }, 'published')
  await done(admin, 'tokenRevoke', { tokenId: randomUUID() }, 'tokenId')
  await done(admin, 'personUpsert', person(`Engineer of ${provider.slug}`), 'person { id }')
  // Far from any day that a deadline here is counted over.
  const days = { publishedFrom: '2040-01-01', publishedThrough: '2040-12-31' }
  const published = { restDays: ['2040-01-02'], workDays: ['2040-01-07'] }
  await done(
    admin,
    'calendarPublish',
    { jurisdiction: 'CN', source: `Notice of ${provider.slug}`, ...days, ...published },
    'calendarVersion { id }',
  )
  return { issuerId: issuer.id, privateKey }
}

/** A customer's people and agreements, and what it is served. The removal leaves ids behind that are nobody's any more. */
export async function fillCustomer(
  customer: Customer,
  reporters: readonly string[] = [],
): Promise<{ removal: Removal; services: Services }> {
  const admin = await customer.provider.admin()
  await done(
    admin,
    'customerUpdate',
    {
      customerId: customer.id,
      creditCode: '91330100MA2B3C4D5E',
    },
    'customer { id }',
  )
  const [signatory, erased] = await Promise.all([
    addPerson(customer, 'Signatory'),
    addPerson(customer, 'Somebody'),
  ])
  await done(admin, 'personErase', { personId: erased }, 'person { id }')
  const [removal, services] = await Promise.all([
    fillDraft(customer),
    fillServices(customer, reporters.length > 0 ? reporters : [signatory]),
    fillSigning(customer, signatory),
    fillSigning(customer, signatory),
    fillSuspended(customer),
    fillEnded(customer),
    fillImported(customer),
    fillConsents(customer, signatory),
  ])
  // By itself: with all of those at once a busy machine has no turn left for it.
  await fillClaims(customer)
  return { removal, services }
}

/** A third party that is authorised and has read; authorisations and consents in every state, every blank filled. */
async function fillConsents(customer: Customer, personId: string): Promise<void> {
  const partner = await Partner.register(customer.provider)
  const other = { purpose: 'OTHER', purposeText: 'a study of ours' }
  const validUntil = '2100-01-01T00:00:00.000Z'
  await partner.authorizedBy(customer, ['CONTRACT'], { validUntil })
  const revoked = await partner.authorizedBy(customer, ['TICKET'], { ...other, operations: ['EXPORT'] })
  const signatory = await customer.signatory()
  await done(signatory, 'disclosureRevoke', { disclosureAuthorizationId: revoked })
  const asked = { ...other, recipientContact: 'dpo@partner.example', termMonths: 12 }
  await partner.asks(customer, personId, asked)
  await decide(customer, 'consentRefuse', await partner.asks(customer, personId, asked))
  const withdrawn = await partner.asks(customer, personId, asked)
  await decide(customer, 'consentGrant', withdrawn)
  await decide(customer, 'consentWithdraw', withdrawn)
  await decide(customer, 'consentGrant', await partner.asks(customer, personId))
  await (await partner.caller()).ask('{ customers { nodes { id name } } }')
  await vi.waitFor(async () => {
    const { disclosures } = await signatory.ask('{ disclosures { totalCount } }')
    if (disclosures.totalCount === 0) throw new Error('the disclosure is not written down yet')
  })
}

async function addPerson(customer: Customer, name: string): Promise<string> {
  const admin = await customer.provider.admin()
  const input = { ...person(`${name} of ${customer.number}`), customerId: customer.id }
  return (await done(admin, 'personUpsert', input, 'person { id }')).person.id
}

const person = (name: string): object => ({ name, email: 'somebody@example.com', phone: '+86 571 0000 0000' })

/** One draft with blanks, one with everything a text can have. */
async function fillDraft(customer: Customer): Promise<Removal> {
  await customer.draft({ termYears: null, restoreHours: null })
  const agreement = await customer.draft()
  const agreementId = agreement.id
  const admin = await customer.provider.admin()
  const software = [
    { product: 'Answering machine', version: '5.2', environment: 'production' },
    { product: 'Knowledge base', version: '1.0', environment: 'trial' },
  ]
  const channels = [
    { kind: 'PHONE', address: '400-000-0000', hours: '09:00-18:00' },
    { kind: 'EMAIL', address: 'support@example.com', hours: 'always' },
  ]
  const rule = {
    // Confidentiality, which no offered rule prices.
    dutyClauses: ['4.2.1'],
    basis: 'CONTRACT_TOTAL',
    mode: 'ONE_OFF',
    ratePercent: '0.35',
    capPercent: '20',
  }
  await done(admin, 'coveredSoftwareSet', { agreementId, software })
  await done(admin, 'supportChannelSet', { agreementId, channels })
  await done(admin, 'agreementDamagesRuleSet', { agreementId, rule })
  return async () => {
    const { damagesRules } = (await agreement.read('currentVersion { damagesRules { id dutyClauses } }'))
      .currentVersion
    const priced = damagesRules.find((each: { dutyClauses: string[] }) => each.dutyClauses.includes('4.2.1'))
    await done(admin, 'coveredSoftwareSet', { agreementId, software: software.slice(1) })
    await done(admin, 'supportChannelSet', { agreementId, channels: channels.slice(1) })
    await done(admin, 'agreementDamagesRuleRemove', { agreementId, ruleId: priced.id })
    await done(admin, 'agreementDamagesRuleSet', { agreementId, rule })
  }
}

/** Signed on paper by one side, redrafted, and signed again: a void act and a standing one. */
async function fillSigning(customer: Customer, signatoryId: string): Promise<void> {
  const agreement = await customer.draft()
  const agreementId = agreement.id
  await agreement.submit()
  const admin = await customer.provider.admin()
  const sign = async (act: string): Promise<void> => {
    await done(admin, 'agreementSign', {
      agreementId,
      contentHash: await agreement.contentHash(),
      act,
      method: 'PAPER',
      side: 'CUSTOMER',
      occurredAt: '2026-01-01T00:00:00Z',
      evidence: 'a scan of the paper',
      signatoryId,
    })
  }
  await sign('SIGNATURE')
  await done(admin, 'agreementTermsSet', { agreementId, terms: { restoreHours: '9' } })
  await sign('SEAL')
}

/** In force: one that is being amended and renewed, and one with two scopes stopped, of which one goes on again. */
async function fillSuspended(customer: Customer): Promise<void> {
  const admin = await customer.provider.admin()
  const { id: changing } = await customer.agreement()
  await done(admin, 'agreementAmend', { agreementId: changing, terms: { restoreHours: '9' } })
  await done(admin, 'agreementRenew', { agreementId: changing })
  await fillClocks(customer, changing)
  const { id: agreementId } = await customer.agreement()
  // Its clocks stand still from then on.
  await done(admin, 'ticketReport', { agreementId, kind: 'FAULT', subject: 'no answers' })
  await done(admin, 'agreementSuspend', {
    agreementId,
    scopes: ['SERVICE', 'BACKUP'],
    reason: 'not paid',
  })
  await done(admin, 'agreementResume', { agreementId, scopes: ['BACKUP'] })
}

/** A clock of which something was otherwise than was known, and one that a question holds. */
async function fillClocks(customer: Customer, agreementId: string): Promise<void> {
  const { world, tenantId } = customer.provider
  const admin = await customer.provider.admin()
  const reporting = { agreementId, kind: 'FAULT', subject: 'wrong answers' }
  const { ticket } = await done(admin, 'ticketReport', reporting, 'ticket { id }')
  const subjectId = uuidOf('tkt', ticket.id) as string
  await world.database.write(systemSession(tenantId), async operation => {
    const response = (await lockObligation(operation, subjectId, 'FAULT_RESPONSE')) as Obligation
    const fix = (await lockObligation(operation, subjectId, 'FAULT_FIX')) as Obligation
    const now = await operation.now()
    const call = { fact: 'STOPPED', corrects: null, occurredAt: now, evidence: 'a call of that day' } as const
    await correctObligation(operation, response, call, SYSTEM_ACTOR, now)
    // The second event of this clock, after its start.
    await correctObligation(operation, response, { ...call, corrects: 1 }, SYSTEM_ACTOR, now)
    const question = { reason: 'QUESTION', id: newUuid() } as const
    await pauseObligation(operation, fix, { occurredAt: now, acceptedAt: now }, SYSTEM_ACTOR, question)
  })
}

/** Findings that were made good, claimed, linked, disputed, decided and agreed, so that every blank of a price is filled. */
async function fillClaims(customer: Customer): Promise<void> {
  const [admin, signatory] = [await customer.provider.admin(), await customer.signatory()]
  const agreement = await customer.draft()
  const agreementId = agreement.id
  const money = (amount: string): object => ({ amount, currency: 'CNY' })
  const rule = { dutyClauses: ['4.2.1'], basis: 'ANNUAL_FEE', mode: 'PER_DAY' }
  await done(admin, 'agreementDamagesRuleSet', {
    ...{ agreementId, rule: { ...rule, ratePercent: '0.35', capPercent: '20' } },
  })
  await done(admin, 'feeScheduleSet', { agreementId, annualFee: money('24000.00'), taxRatePercent: '6' })
  await agreement.submit()
  await agreement.signByBoth()
  const { serverTime: occurredAt } = (await admin.ask('{ viewer { serverTime } }')).viewer
  const found = { agreementId, dutyClause: '4.2.1', owedBy: 'PROVIDER', occurredAt }
  const told = { description: 'told somebody else', evidence: 'a letter of theirs' }
  const [first, second, third] = await Promise.all(
    [1, 2, 3].map(async () => {
      const made = await done(
        signatory,
        'findingReport',
        { ...found, ...told },
        'breach { id } assessment { id }',
      )
      return { breachId: made.breach.id as string, assessmentId: made.assessment.id as string }
    }),
  )
  const { breachId, assessmentId } = first as { breachId: string; assessmentId: string }
  // Both of what is to be one root cause: while one of them went on, so would the price.
  for (const id of [breachId, second?.breachId])
    await done(admin, 'breachCure', { breachId: id, evidence: 'a promise in writing' })
  await done(signatory, 'lossClaimFile', { assessmentId, loss: money('777.00'), evidence: 'a bill' })
  await done(signatory, 'breachLinkRootCause', {
    ...{ breachId: second?.breachId, toBreachId: breachId, reason: 'one letter' },
  })
  await done(admin, 'assessmentAgree', { assessmentId, note: 'as computed' })
  await done(signatory, 'assessmentAgree', { assessmentId, note: 'as computed' })
  const disputed = { breachId: third?.breachId }
  await done(signatory, 'breachConfirm', { ...disputed, note: 'so it is' })
  await done(signatory, 'breachNotify', { ...disputed, note: 'by letter' })
  await done(admin, 'breachDispute', { ...disputed, grounds: 'it was known' })
  const decision = { basis: 'AWARD', document: 'an award of ours', amount: money('99.00') }
  await done(signatory, 'breachUphold', { ...disputed, ...decision })
}

async function fillEnded(customer: Customer): Promise<void> {
  const admin = await customer.provider.admin()
  const cancelled = await customer.draft()
  await done(admin, 'agreementCancel', { agreementId: cancelled.id })
  const terminated = await customer.agreement()
  await done(admin, 'agreementTerminate', { agreementId: terminated.id, reason: 'moved elsewhere' })
}

/** As somebody pasted it, the end cut off: the version keeps a warning. */
async function fillImported(customer: Customer): Promise<void> {
  const admin = await customer.provider.admin()
  const text = contractText(`I-${randomUUID().slice(0, 13)}`)
    .trimEnd()
    .slice(0, -12)
  await done(admin, 'agreementImport', { customerId: customer.id, text })
}
