import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AgreementHandle,
  type Caller,
  contractText,
  type Customer,
  type Provider,
  World,
} from '../kit/world.js'

const RULES = 'damagesRules { id dutyClauses basis mode ratePercent capPercent taxInclusive allocation }'
const READ = `agreement { id currentVersion { ${RULES} } }`

interface Rule {
  id: string
  dutyClauses: string[]
  basis: string
  mode: string
  ratePercent: string | null
  capPercent: string | null
  taxInclusive: boolean
  allocation: string
}

/** domain.md, Liquidated damages: what a draft offers. */
const SERVICE_OFFER = {
  dutyClauses: [
    '2.1.1',
    '2.2.1.1',
    '2.3.1',
    '6.1.1',
    '6.2.1',
    '6.3.1',
    '6.4.2',
    '7.2.1',
    '7.3.1.4',
    '8.3.1',
    '8.3.2',
  ],
  basis: 'ANNUAL_FEE',
  mode: 'ONE_OFF',
  ratePercent: '5',
  capPercent: '30',
  taxInclusive: true,
  allocation: 'DAMAGES_FIRST',
}
const LATE_PAYMENT_OFFER = {
  dutyClauses: ['3.4.1'],
  basis: 'OVERDUE_PRINCIPAL',
  mode: 'PER_DAY',
  ratePercent: '0.05',
  capPercent: null,
  taxInclusive: true,
  allocation: 'DAMAGES_FIRST',
}
const SECRECY = { dutyClauses: ['4.2.1'], basis: 'CONTRACT_TOTAL', mode: 'ONE_OFF' }

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(() => world.close())

const rulesOf = async (agreement: { read: AgreementHandle['read'] }): Promise<Rule[]> =>
  (await agreement.read(`currentVersion { ${RULES} }`)).currentVersion.damagesRules

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const setRule = (agreement: { id: string }, rule: object, more: object = {}): Promise<any> =>
  admin.mutate('agreementDamagesRuleSet', { agreementId: agreement.id, rule, ...more }, READ)

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const removeRule = (agreement: { id: string }, ruleId: string): Promise<any> =>
  admin.mutate('agreementDamagesRuleRemove', { agreementId: agreement.id, ruleId }, READ)

const added = async (agreement: AgreementHandle, rule: object): Promise<Rule> => {
  const { agreement: changed, userErrors } = await setRule(agreement, rule)
  expect(userErrors).toEqual([])
  return changed.currentVersion.damagesRules.at(-1)
}

describe('the rules that a draft offers', () => {
  it('price a service breach and late payment as domain.md says', async () => {
    const rules = await rulesOf(await customer.draft())
    expect(rules).toEqual([
      { id: expect.stringMatching(/^dmr_/), ...SERVICE_OFFER },
      { id: expect.stringMatching(/^dmr_/), ...LATE_PAYMENT_OFFER },
    ])
  })

  it('come with an imported text as well, for the duties that it has', async () => {
    const whole = contractText('IMP-1')
    const { agreement } = await admin.mutate(
      'agreementImport',
      { customerId: customer.id, text: whole },
      READ,
    )
    expect(agreement.currentVersion.damagesRules).toMatchObject([SERVICE_OFFER, LATE_PAYMENT_OFFER])
    const shorter = contractText('IMP-2')
      .split('\n')
      .filter(line => !/^(?:3\.4|7\.3\.1|8\.3)/.test(line))
      .join('\n')
    const other = await admin.mutate('agreementImport', { customerId: customer.id, text: shorter }, READ)
    expect(other.agreement.currentVersion.damagesRules).toMatchObject([
      { dutyClauses: SERVICE_OFFER.dutyClauses.filter(duty => !/^(?:7\.3\.1|8\.3)/.test(duty)) },
    ])
  })

  it("without a rate of their own follow the percent of 5.3.1, also where it's still empty", async () => {
    const agreement = await customer.draft({ liquidatedDamagesPercent: null })
    const rate = async (): Promise<string | null> => (await rulesOf(agreement))[0]?.ratePercent ?? null
    expect(await rate()).toBeNull()
    for (const percent of ['7.5', '0.035', '100']) {
      const terms = { liquidatedDamagesPercent: percent }
      await admin.mutate('agreementTermsSet', { agreementId: agreement.id, terms })
      expect(await rate()).toBe(percent)
    }
    expect((await rulesOf(agreement))[1]?.ratePercent).toBe('0.05')
  })
})

describe('a rule', () => {
  it('is added behind the others, with what is usual where nothing is said', async () => {
    const agreement = await customer.draft()
    const rule = await added(agreement, SECRECY)
    expect(rule).toEqual({
      id: rule.id,
      ...SECRECY,
      ratePercent: '5',
      capPercent: null,
      taxInclusive: true,
      allocation: 'DAMAGES_FIRST',
    })
    expect(await rulesOf(agreement)).toMatchObject([SERVICE_OFFER, LATE_PAYMENT_OFFER, SECRECY])
  })

  it('is replaced as a whole under its own id, and may keep its own duties', async () => {
    const agreement = await customer.draft()
    const [service, late] = (await rulesOf(agreement)) as [Rule, Rule]
    const rule = {
      dutyClauses: ['3.4.1', '4.2.1'],
      basis: 'PERIOD_FEE',
      mode: 'PER_STARTED_HOUR',
      capPercent: '1000',
      taxInclusive: false,
      allocation: 'PRINCIPAL_FIRST',
    }
    const { agreement: changed, userErrors } = await setRule(agreement, rule, { ruleId: late.id })
    expect(userErrors).toEqual([])
    expect(changed.currentVersion.damagesRules).toEqual([service, { id: late.id, ...rule, ratePercent: '5' }])
    const back = await setRule(agreement, { ...rule, dutyClauses: ['4.2.1'] }, { ruleId: late.id })
    expect(back.agreement.currentVersion.damagesRules[1].dutyClauses).toEqual(['4.2.1'])
  })

  it('is taken out, and its duties can be priced again', async () => {
    const agreement = await customer.draft()
    const [service, late] = (await rulesOf(agreement)) as [Rule, Rule]
    const { agreement: changed, userErrors } = await removeRule(agreement, service.id)
    expect(userErrors).toEqual([])
    expect(changed.currentVersion.damagesRules).toEqual([late])
    expect(await admin.ask('query ($id: ID!) { node(id: $id) { id } }', { id: service.id })).toEqual({
      node: null,
    })
    const again = await added(agreement, { ...SECRECY, dutyClauses: ['2.3.1', '8.3.2'] })
    await removeRule(agreement, late.id)
    expect(await rulesOf(agreement)).toEqual([again])
    await removeRule(agreement, again.id)
    expect(await rulesOf(agreement)).toEqual([])
    expect((await added(agreement, SECRECY)).dutyClauses).toEqual(['4.2.1'])
  })

  it('prices no duty that another rule prices', async () => {
    const agreement = await customer.draft()
    const [service, late] = (await rulesOf(agreement)) as [Rule, Rule]
    const before = await world.contents()
    const overlap = { ...SECRECY, dutyClauses: ['4.2.1', '2.3.1'] }
    const taken = { code: 'TAKEN', field: ['input', 'rule', 'dutyClauses'], clause: '2.3.1' }
    expect((await setRule(agreement, overlap)).userErrors).toMatchObject([taken])
    expect((await setRule(agreement, overlap, { ruleId: late.id })).userErrors).toMatchObject([taken])
    expect(await world.contents()).toEqual(before)
    expect((await setRule(agreement, overlap, { ruleId: service.id })).userErrors).toEqual([])
  })

  it.each([
    ['a clause that the text does not have', ['4.2.1', '9.9.9'], 'NOT_FOUND'],
    ['the head', ['0'], 'NOT_FOUND'],
    ['no clause', [], 'REQUIRED'],
    ['one clause twice', ['4.2.1', '4.2.1'], 'INVALID'],
  ])('for %s is refused', async (_, dutyClauses, code) => {
    const agreement = await customer.draft()
    const { userErrors } = await setRule(agreement, { ...SECRECY, dutyClauses })
    expect(userErrors).toMatchObject([{ code, field: ['input', 'rule', 'dutyClauses'] }])
  })

  it('that is unknown, malformed or of another agreement is not found', async () => {
    const [agreement, neighbour] = [await customer.draft(), await customer.draft()]
    const [foreign] = (await rulesOf(await (await (await world.provider()).customer()).draft())) as [Rule]
    const [next] = (await rulesOf(neighbour)) as [Rule]
    const none = [{ code: 'NOT_FOUND', field: ['input', 'ruleId'] }]
    for (const ruleId of [
      'dmr_00000000-0000-7000-8000-000000000000',
      'dmr_x',
      agreement.id,
      next.id,
      foreign.id,
    ]) {
      expect((await setRule(agreement, SECRECY, { ruleId })).userErrors).toMatchObject(none)
      expect((await removeRule(agreement, ruleId)).userErrors).toMatchObject(none)
    }
    expect(await rulesOf(neighbour)).toHaveLength(2)
  })

  it('is added by only one of two who price the same duty at once', async () => {
    const agreement = await customer.draft()
    const results = await Promise.all(Array.from({ length: 4 }, () => setRule(agreement, SECRECY)))
    const codes: string[] = results.map(({ userErrors }) => userErrors[0]?.code ?? 'added')
    expect(codes.sort()).toEqual(['TAKEN', 'TAKEN', 'TAKEN', 'added'])
    expect(await rulesOf(agreement)).toHaveLength(3)
  })

  it('of a signed agreement stays as it was signed', async () => {
    const agreement = await customer.agreement()
    const [service] = (await rulesOf(agreement)) as [Rule]
    const refused = [{ code: 'INVALID_STATE', field: ['input', 'agreementId'] }]
    expect((await setRule(agreement, SECRECY)).userErrors).toMatchObject(refused)
    expect((await setRule(agreement, SECRECY, { ruleId: service.id })).userErrors).toMatchObject(refused)
    expect((await removeRule(agreement, service.id)).userErrors).toMatchObject(refused)
  })
})

describe('rates and caps', () => {
  let agreement: AgreementHandle
  let rule: Rule
  beforeAll(async () => {
    agreement = await customer.draft()
    rule = await added(agreement, SECRECY)
  })
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  const price = (numbers: object): Promise<any> =>
    setRule(agreement, { ...SECRECY, ...numbers }, { ruleId: rule.id })

  it.each([
    ['0.035', '0.035'],
    ['0.0350', '0.035'],
    ['0.0350000000', '0.035'],
    ['0.00000001', '0.00000001'],
    ['0.12345678', '0.12345678'],
    ['99.99999999', '99.99999999'],
    ['100', '100'],
    ['100.000', '100'],
    ['00.5', '0.5'],
    ['10', '10'],
  ])('a rate of %s percent is kept exactly', async (written, kept) => {
    const { agreement: changed, userErrors } = await price({ ratePercent: written })
    expect(userErrors).toEqual([])
    expect(changed.currentVersion.damagesRules[2].ratePercent).toBe(kept)
    const [row] = await world.sqlAsSuperuser<{ same: boolean }>(
      'select rate_percent = $2::numeric as same from damages_rules where id = $1',
      [rule.id.slice(4), kept],
    )
    expect(row).toEqual({ same: true })
  })

  it('0.035 percent survives signing', async () => {
    const signed = await customer.draft()
    const { id } = await added(signed, { ...SECRECY, ratePercent: '0.035', capPercent: '12.50' })
    await signed.submit()
    await signed.signByBoth()
    expect(await rulesOf(signed)).toContainEqual(
      expect.objectContaining({ id, ratePercent: '0.035', capPercent: '12.5' }),
    )
  })

  it.each([
    ['ratePercent', '0', 'TOO_SMALL'],
    ['ratePercent', '0.000', 'TOO_SMALL'],
    ['ratePercent', '-0.05', 'TOO_SMALL'],
    ['ratePercent', '-0', 'TOO_SMALL'],
    ['ratePercent', '100.00000001', 'TOO_LARGE'],
    ['ratePercent', '9999999999999999999999999999', 'TOO_LARGE'],
    ['ratePercent', '0.000000001', 'INVALID'],
    ['ratePercent', '0.123456789', 'INVALID'],
    ['ratePercent', '99.999999999', 'INVALID'],
    ['ratePercent', '100.0000000000000000000001', 'INVALID'],
    ['capPercent', '0', 'TOO_SMALL'],
    ['capPercent', '-30', 'TOO_SMALL'],
    ['capPercent', '1000.00000001', 'TOO_LARGE'],
    ['capPercent', '30.000000001', 'INVALID'],
  ])('%s of %s is refused as %s', async (name, value, code) => {
    const before = await rulesOf(agreement)
    const { userErrors } = await price({ [name]: value })
    expect(userErrors).toMatchObject([{ code, field: ['input', 'rule', name], clause: '5.3.1' }])
    expect(userErrors[0].message).not.toMatch(/\{|undefined/)
    expect(await rulesOf(agreement)).toEqual(before)
  })

  it('a cap goes to ten times the basis, and null takes it away', async () => {
    const { agreement: capped } = await price({ capPercent: '1000' })
    expect(capped.currentVersion.damagesRules[2].capPercent).toBe('1000')
    const { agreement: open } = await price({ capPercent: null })
    expect(open.currentVersion.damagesRules[2].capPercent).toBeNull()
  })

  it('the way a rate is written makes no other text of it: what was signed stays signed', async () => {
    const signing = await customer.draft()
    const { id } = await added(signing, SECRECY)
    await signing.submit()
    await setRule(signing, { ...SECRECY, ratePercent: '00.50', capPercent: '030.0' }, { ruleId: id })
    const contentHash = await signing.contentHash()
    await admin.mutate('agreementSign', { agreementId: signing.id, contentHash })
    for (const [ratePercent, capPercent] of [
      ['0.5', '30'],
      ['0.500', '30.00'],
    ])
      await setRule(signing, { ...SECRECY, ratePercent, capPercent }, { ruleId: id })
    await admin.mutate('agreementTermsSet', { agreementId: signing.id, terms: {} })
    const { currentVersion } = await signing.read('currentVersion { contentHash signatures { voidedAt } }')
    expect(currentVersion).toEqual({ contentHash, signatures: [{ voidedAt: null }] })
  })
})
