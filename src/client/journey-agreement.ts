import type { Api } from './api.js'
import type { Walk } from './walk.js'

/** Who acts on both sides, under which agreement. */
export interface Parties {
  /** Of the provider (甲方). */
  admin: Api
  /** Of the customer (乙方): who signs, and who reports. */
  signatory: Api
  member: Api
  customerNumber: string
  agreementId: string
}

const CUSTOMER = 'J-001'
const TERMS = {
  contractNumber: 'JOURNEY-1',
  providerName: 'Journey Provider Ltd',
  customerName: 'Journey Customer Ltd',
  termYears: 3,
  responseHours: '2',
  fixHours: '24',
  serviceTermYears: 3,
  confidentialityYears: 5,
  liquidatedDamagesPercent: '5',
  upgradeNoticeWorkingDays: 5,
  updateWindowWorkingDays: 10,
  upgradeProblemResponseHours: '4',
  supportResponseHours: '8',
  restoreHours: '12',
}

/** 1. An agreement in force: response in 2 h, fix in 24 h, 5 % once of an annual fee of 240,000.00 CNY. */
export async function bringIntoForce(walk: Walk): Promise<Parties> {
  const admin = await walk.as({ role: ['ADMIN'] })
  const { customer } = await admin.change(
    'customerCreate',
    { number: CUSTOMER, name: TERMS.customerName },
    'customer { id number name }',
  )
  walk.tell('The provider adds a customer.', customer)
  const { agreement } = await admin.change(
    'agreementDraft',
    { customerId: customer.id, terms: TERMS },
    'agreement { id number state currentVersion { missingTerms { name } } }',
  )
  walk.tell('It drafts an agreement: a response within 2 hours, a fix within 24.', agreement)
  await price(walk, admin, agreement.id)
  const [signatory, member] = await Promise.all([
    walk.as({ customer: CUSTOMER, role: ['SIGNATORY'] }),
    walk.as({ customer: CUSTOMER, role: ['MEMBER'] }),
  ])
  const parties = { admin, signatory, member, customerNumber: CUSTOMER, agreementId: agreement.id }
  await sign(walk, parties)
  return parties
}

/** Before the signatures, so that both sides sign it: what one side adds later binds nobody. */
async function price(walk: Walk, admin: Api, agreementId: string): Promise<void> {
  const { feeSchedule } = await admin.change(
    'feeScheduleSet',
    { agreementId, annualFee: { amount: '240000.00', currency: 'CNY' }, taxRatePercent: '6' },
    'feeSchedule { annualFee { amount currency } billingPeriod dueDays }',
  )
  walk.tell('What a year costs is written down (clause 3.2.1).', feeSchedule)
  const { agreement } = await admin.ask(
    'query ($id: ID!) { agreement(id: $id) { currentVersion { damagesRules { dutyClauses basis mode capPercent } } } }',
    { id: agreementId },
  )
  const rule = agreement.currentVersion.damagesRules.find((each: { dutyClauses: string[] }) =>
    each.dutyClauses.includes('2.3.1'),
  )
  walk.tell('The draft offers what a broken service duty costs: the 5 % of clause 5.3.1, once.', rule)
}

async function sign(walk: Walk, { admin, signatory, agreementId }: Parties): Promise<void> {
  const submitted = await admin.change(
    'agreementSubmitForSigning',
    { agreementId },
    'agreement { currentVersion { contentHash } }',
  )
  const { contentHash } = submitted.agreement.currentVersion
  for (const side of [admin, signatory])
    await side.change('agreementSign', { agreementId, contentHash }, 'agreement { state }')
  const { agreement } = await signatory.ask(
    `query ($id: ID!) { agreement(id: $id) { number state
       currentVersion { terms { responseHours fixHours liquidatedDamagesPercent } feeSchedule { annualFee { amount currency } signedWithVersion } } } }`,
    { id: agreementId },
  )
  walk.holds('Both sides sign, and the agreement is in force (clause 1.3.1).', agreement, {
    number: TERMS.contractNumber,
    state: 'ACTIVE',
    currentVersion: {
      terms: { responseHours: '2', fixHours: '24', liquidatedDamagesPercent: '5' },
      feeSchedule: { annualFee: { amount: '240000.00', currency: 'CNY' }, signedWithVersion: true },
    },
  })
}
