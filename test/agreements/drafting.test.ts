import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkTerm, TERMS, type TermName } from '../../src/agreements/terms.js'
import {
  type AgreementHandle,
  type Caller,
  contractText,
  type Customer,
  filledTerms,
  type Provider,
  World,
} from '../kit/world.js'

const TERM_NAMES = TERMS.map(({ name }) => name).join(' ')
const READ = `agreement { id number revision updatedAt currentVersion { revision terms { ${TERM_NAMES} }
  missingTerms { clause name } warnings { code } clauses { number text } } }`

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

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const setTerms = (agreement: AgreementHandle, terms: object, more: object = {}): Promise<any> =>
  admin.mutate('agreementTermsSet', { agreementId: agreement.id, terms, ...more }, READ)

describe('the terms of a draft', () => {
  it('change where they are given, are emptied by null, and stay where they are omitted', async () => {
    const agreement = await customer.draft()
    const before = (await agreement.read(`currentVersion { terms { ${TERM_NAMES} } }`)).currentVersion.terms
    const { agreement: changed, userErrors } = await setTerms(agreement, {
      responseHours: '4',
      restoreHours: null,
    })
    expect(userErrors).toEqual([])
    expect(changed.currentVersion.terms).toEqual({ ...before, responseHours: '4', restoreHours: null })
    expect(changed.currentVersion.missingTerms).toEqual([{ clause: '8.3.2', name: 'restoreHours' }])
    const { agreement: same } = await setTerms(agreement, {})
    expect(same.currentVersion.terms).toEqual(changed.currentVersion.terms)
    const { agreement: filled } = await setTerms(agreement, { restoreHours: '6' })
    expect(filled.currentVersion.missingTerms).toEqual([])
  })

  it('may all be empty, and are then missing in the order of the contract', async () => {
    const { agreement, userErrors } = await admin.mutate('agreementDraft', { customerId: customer.id }, READ)
    expect(userErrors).toEqual([])
    expect(agreement.number).toBeNull()
    expect(agreement.currentVersion.missingTerms).toEqual(TERMS.map(({ clause, name }) => ({ clause, name })))
    expect(Object.values(agreement.currentVersion.terms)).toEqual(TERMS.map(() => null))
  })

  it('give the agreement its number, and free it when it is emptied', async () => {
    const [first, second] = [await customer.draft(), await customer.draft()]
    expect((await setTerms(first, { contractNumber: ' N-1 ' })).agreement.number).toBe('N-1')
    const taken = await setTerms(second, { contractNumber: 'N-1', responseHours: '1' })
    expect(taken).toMatchObject({
      agreement: null,
      userErrors: [
        {
          code: 'TAKEN',
          field: ['input', 'terms', 'contractNumber'],
          clause: '0',
          message: 'Another agreement has this number (合同编号).',
        },
      ],
    })
    expect((await second.read('currentVersion { terms { responseHours } }')).currentVersion.terms).toEqual({
      responseHours: '2',
    })
    expect((await setTerms(first, { contractNumber: null })).agreement.number).toBeNull()
    expect((await setTerms(second, { contractNumber: 'N-1' })).agreement.number).toBe('N-1')
  })

  it('contradict each other with a warning, not with a refusal', async () => {
    const agreement = await customer.draft({
      responseHours: '8',
      fixHours: '4',
      serviceTermYears: 2,
      updateWindowWorkingDays: 5,
    })
    const { currentVersion } = await agreement.read('currentVersion { warnings { code clause } }')
    expect(currentVersion.warnings).toEqual([
      { code: 'FIX_SOONER_THAN_RESPONSE', clause: '2.3.1' },
      { code: 'SERVICE_TERM_DIFFERS', clause: '2.4.1' },
      { code: 'UPDATE_WINDOW_WITHIN_LEAD', clause: '6.4.1' },
    ])
  })

  it('are refused as a whole: one wrong value leaves the others as they were', async () => {
    const agreement = await customer.draft()
    const before = await world.contents()
    const { userErrors } = await setTerms(agreement, { responseHours: '1', termYears: 11 })
    expect(userErrors).toMatchObject([{ code: 'TOO_LARGE', field: ['input', 'terms', 'termYears'] }])
    expect(await world.contents()).toEqual(before)
  })
})

describe('the ranges of the clauses', () => {
  type Range = [name: TermName, clause: string, least: string, most: string, under: string[], over: string[]]
  const hours = (name: TermName, clause: string): Range => [
    name,
    clause,
    '0.25',
    '720',
    ['0.2499999', '0', '-1', '-0.25'],
    ['720.0000001', '721', `1${'0'.repeat(28)}`],
  ]
  const RANGES: Range[] = [
    ['termYears', '1.3.1', '1', '10', ['0', '-1'], ['11', '2147483647']],
    hours('responseHours', '2.3.1'),
    hours('fixHours', '2.3.1'),
    ['serviceTermYears', '2.4.1', '1', '10', ['0'], ['11']],
    ['confidentialityYears', '4.3.1', '0', '20', ['-1'], ['21']],
    [
      'liquidatedDamagesPercent',
      '5.3.1',
      '0.00000000000001',
      '100',
      ['0', '0.00', '-5'],
      ['100.0001', '101'],
    ],
    ['upgradeNoticeWorkingDays', '6.2.1', '1', '60', ['0'], ['61']],
    ['updateWindowWorkingDays', '6.4.1', '1', '60', ['0'], ['61']],
    hours('upgradeProblemResponseHours', '6.4.2'),
    hours('supportResponseHours', '7.2.1'),
    hours('restoreHours', '8.3.2'),
  ]
  let agreement: AgreementHandle
  beforeAll(async () => {
    agreement = await customer.draft()
  })

  it.each(RANGES)(
    '%s (clause %s) takes %s to %s and nothing beyond',
    async (name, clause, least, most, under, over) => {
      const whole = /Years|Days/.test(name)
      const typed = (value: string): string | number => (whole ? Number(value) : value)
      for (const value of [least, most]) {
        const { agreement: changed, userErrors } = await setTerms(agreement, { [name]: typed(value) })
        expect(userErrors).toEqual([])
        expect(changed.currentVersion.terms[name]).toBe(typed(value))
      }
      const field = ['input', 'terms', name]
      for (const [code, values] of [
        ['TOO_SMALL', under],
        ['TOO_LARGE', over],
      ] as const) {
        for (const value of values) {
          const { userErrors } = await setTerms(agreement, { [name]: typed(value) })
          expect(userErrors).toEqual([
            {
              code,
              field,
              clause,
              retryable: false,
              message: expect.stringMatching(/^(At least|At most|More than) [\d.]+\.$/),
            },
          ])
        }
      }
    },
  )

  it('a percent of nothing is told that it takes more than nothing', async () => {
    const { userErrors } = await setTerms(agreement, { liquidatedDamagesPercent: '0' })
    expect(userErrors[0].message).toBe('More than 0.')
  })

  it.each([
    ['2.50', '2.5'],
    ['002', '2'],
    ['720.000', '720'],
    ['0.250', '0.25'],
  ])('hours written as %s are kept as %s', async (written, kept) => {
    const { agreement: changed } = await setTerms(agreement, { responseHours: written })
    expect(changed.currentVersion.terms.responseHours).toBe(kept)
  })

  it('more digits than anybody promises are too long', async () => {
    const { userErrors } = await setTerms(agreement, { responseHours: '2.000000000000001' })
    expect(userErrors).toMatchObject([{ code: 'TOO_LONG', clause: '2.3.1' }])
  })

  it.each(['1,5', '2h', '', ' ', '1e2', '.5', '5.', 'NaN', 'Infinity', '二', '２'])(
    'the API takes decimals, not %j: an app reads numerals with its user, the importer from a text',
    async value => {
      const answer = await admin.send(
        'mutation ($input: AgreementTermsSetInput!) { agreementTermsSet(input: $input) { agreement { id } } }',
        { input: { idempotencyKey: 'k', agreementId: agreement.id, terms: { responseHours: value } } },
      )
      expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    },
  )
})

describe('numbers as people write them, where a blank is read or checked', () => {
  it.each<[TermName, string, string]>([
    ['responseHours', '２', '2'],
    ['responseHours', '０.５', '0.5'],
    ['responseHours', '半', '0.5'],
    ['responseHours', '两', '2'],
    ['fixHours', '四十八', '48'],
    ['fixHours', '七百二十', '720'],
    ['fixHours', '一个半', '1.5'],
    ['termYears', '叁', '3'],
    ['termYears', '十', '10'],
    ['confidentialityYears', '零', '0'],
    ['confidentialityYears', '二十', '20'],
    ['liquidatedDamagesPercent', '七点五', '7.5'],
    ['upgradeNoticeWorkingDays', '十二', '12'],
    ['updateWindowWorkingDays', '６０', '60'],
  ])('%s written as %s is %s', (name, written, value) => {
    expect(checkTerm(name, written)).toEqual({ value })
  })

  it.each<[TermName, string, string]>([
    ['termYears', '半', 'NOT_WHOLE'],
    ['termYears', '2.5', 'NOT_WHOLE'],
    ['termYears', '十一', 'TOO_LARGE'],
    ['termYears', '零', 'TOO_SMALL'],
    ['responseHours', '七百二十一', 'TOO_LARGE'],
    ['responseHours', '－１', 'TOO_SMALL'],
    ['responseHours', '两三', 'NOT_A_NUMBER'],
    ['responseHours', '2-4', 'NOT_A_NUMBER'],
    ['liquidatedDamagesPercent', '〇', 'TOO_SMALL'],
    ['upgradeNoticeWorkingDays', '六十一', 'TOO_LARGE'],
    ['contractNumber', '＿＿', 'BLANK'],
  ])('%s written as %s is %s', (name, written, problem) => {
    expect(checkTerm(name, written)).toEqual({ problem })
  })
})

describe('names and numbers of the head', () => {
  let agreement: AgreementHandle
  beforeAll(async () => {
    agreement = await customer.draft()
  })

  it.each([
    ['contractNumber', 64],
    ['providerName', 200],
    ['customerName', 200],
  ])('%s has up to %i characters, is kept as written and trimmed', async (name, most) => {
    for (const value of [`Ａ－${'字'.repeat(most - 2)}`, '維保〔2026〕第008號', 'a b']) {
      const { agreement: changed, userErrors } = await setTerms(agreement, { [name]: ` \n　${value}\t ` })
      expect(userErrors).toEqual([])
      expect(changed.currentVersion.terms[name]).toBe(value)
    }
    const { userErrors } = await setTerms(agreement, { [name]: 'a'.repeat(most + 1) })
    expect(userErrors).toEqual([
      {
        code: 'TOO_LONG',
        field: ['input', 'terms', name],
        clause: '0',
        message: `At most ${most} characters.`,
        retryable: false,
      },
    ])
  })

  it.each(['', ' ', '　\n', '____', '【】', '-', '\0', '\ud800'])('%j is blank', async value => {
    for (const name of ['contractNumber', 'providerName', 'customerName']) {
      const { userErrors } = await setTerms(agreement, { [name]: value })
      expect(userErrors).toMatchObject([{ code: 'BLANK', field: ['input', 'terms', name], clause: '0' }])
    }
  })

  it('what no database keeps is taken out of a name, and what is left is kept', async () => {
    const { agreement: changed } = await setTerms(agreement, { providerName: '云\0答\ud800科技\r\n公司' })
    expect(changed.currentVersion.terms.providerName).toBe('云 答 科技 公司')
  })
})

describe('whose draft it is', () => {
  it.each([
    ['unknown', 'cus_00000000-0000-7000-8000-000000000000'],
    ['malformed', 'cus_1'],
    ["another kind of object's", 'agr_00000000-0000-7000-8000-000000000000'],
  ])('an %s customer is not found', async (_, customerId) => {
    const { agreement, userErrors } = await admin.mutate('agreementDraft', { customerId }, 'agreement { id }')
    expect(agreement).toBeNull()
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'customerId'] }])
  })

  it("another tenant's customer and agreement are not found, like unknown ones", async () => {
    const other = await world.provider()
    const theirs = await (await other.customer()).draft()
    const none = { userErrors: [{ code: 'NOT_FOUND', field: ['input', 'customerId'] }] }
    const draft = await admin.mutate('agreementDraft', { customerId: theirs.customer.id }, 'agreement { id }')
    expect(draft).toMatchObject(none)
    const foreign = await setTerms(theirs, { responseHours: '1' })
    const random = await admin.mutate(
      'agreementTermsSet',
      { agreementId: 'agr_00000000-0000-7000-8000-000000000000', terms: {} },
      READ,
    )
    expect(foreign).toEqual(random)
    expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'agreementId'] }])
  })

  it.each(['UTC+8', '+08:00', 'Mars/Olympus', ''])(
    'the zone %j is none of the database of zones',
    async timeZone => {
      const answer = await admin.send(
        'mutation ($input: AgreementDraftInput!) { agreementDraft(input: $input) { agreement { id } } }',
        { input: { idempotencyKey: 'k', customerId: customer.id, timeZone } },
      )
      expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    },
  )
})

describe('the revision', () => {
  it('must be the one that was read', async () => {
    const agreement = await customer.draft()
    const { revision } = await agreement.read('revision')
    const first = await setTerms(agreement, { responseHours: '3' }, { expectedRevision: revision })
    expect(first.userErrors).toEqual([])
    const now = first.agreement.revision
    for (const stale of [revision, now + 1, 0, -1]) {
      const { agreement: none, userErrors } = await setTerms(
        agreement,
        { responseHours: '5' },
        { expectedRevision: stale },
      )
      expect(none).toBeNull()
      expect(userErrors).toEqual([
        {
          code: 'STALE_REVISION',
          field: ['input', 'expectedRevision'],
          message: `It changed meanwhile: read it again (revision ${now}) and decide anew.`,
          clause: null,
          retryable: false,
        },
      ])
    }
    const { currentVersion } = await agreement.read('currentVersion { terms { responseHours } }')
    expect(currentVersion.terms.responseHours).toBe('3')
  })

  it('rises with every change of anything of the agreement, and its version with every change of the text', async () => {
    const agreement = await customer.draft({}, { requiredActs: 'SIGNATURE_AND_SEAL' })
    const seen = [await agreement.read('revision updatedAt currentVersion { revision }')]
    const change = async (mutation: string, input: object, by: Caller = admin): Promise<void> => {
      const { userErrors } = await by.mutate(mutation, { agreementId: agreement.id, ...input })
      expect(userErrors).toEqual([])
      seen.push(await agreement.read('revision updatedAt currentVersion { revision }'))
    }
    await change('agreementTermsSet', { terms: { responseHours: '1' } })
    await change('agreementTermsSet', { terms: { contractNumber: `R-${agreement.uuid.slice(0, 8)}` } })
    await change('agreementDamagesRuleSet', {
      rule: { dutyClauses: ['4.2.1'], basis: 'CONTRACT_TOTAL', mode: 'ONE_OFF' },
    })
    const [, , { id: ruleId }] = (await agreement.read('currentVersion { damagesRules { id } }'))
      .currentVersion.damagesRules
    await change('agreementDamagesRuleSet', {
      ruleId,
      rule: { dutyClauses: ['4.2.1'], basis: 'CONTRACT_TOTAL', mode: 'PER_DAY' },
    })
    await change('agreementDamagesRuleRemove', { ruleId })
    await change('coveredSoftwareSet', { software: [{ product: '客服' }] })
    await change('supportChannelSet', { channels: [{ kind: 'PHONE', address: '400' }] })
    const textChanges = seen.length
    await change('agreementSubmitForSigning', {})
    const contentHash = await agreement.contentHash()
    const signatory = await customer.signatory()
    for (const [by, act] of [
      [admin, 'SEAL'],
      [signatory, 'SEAL'],
      [admin, 'SIGNATURE'],
      [signatory, 'SIGNATURE'],
    ] as const)
      await change('agreementSign', { contentHash, act }, by)
    await change('agreementSuspend', { scopes: ['BACKUP'], reason: '迁移' })
    await change('agreementResume', { scopes: ['BACKUP'] })
    await change('agreementTerminate', { reason: '双方商定' })
    expect(rises(seen.map(({ revision }) => revision))).toBe(true)
    expect(rises(seen.map(({ updatedAt }) => Date.parse(updatedAt)))).toBe(true)
    expect(rises(seen.slice(0, textChanges).map(({ currentVersion }) => currentVersion.revision))).toBe(true)
  })
})

const rises = (values: number[]): boolean => values.every((value, at) => at === 0 || value > values[at - 1]!)

describe('the words of the clauses', () => {
  const textsOf = async (agreement: AgreementHandle): Promise<Map<string, string>> => {
    const { currentVersion } = await agreement.read('currentVersion { clauses { number text } }')
    return new Map(
      currentVersion.clauses.map((each: { number: string; text: string }) => [each.number, each.text]),
    )
  }

  it('of our own form follow the terms', async () => {
    const agreement = await customer.draft()
    const before = await textsOf(agreement)
    expect(before.get('2.3.1')).toContain('在2小时内作出响应，并在24小时内')
    await setTerms(agreement, { responseHours: '0.50', restoreHours: null })
    const after = await textsOf(agreement)
    expect(after.get('2.3.1')).toContain('在0.5小时内作出响应，并在24小时内')
    expect(after.get('8.3.2')).toContain('在______小时内')
    for (const number of ['2.3.1', '8.3.2']) {
      before.delete(number)
      after.delete(number)
    }
    expect(after).toEqual(before)
  })

  it('of an imported text stay as written, whatever the terms become', async () => {
    const { agreement } = await admin.mutate(
      'agreementImport',
      { customerId: customer.id, text: contractText('KEPT-1') },
      'agreement { id currentVersion { clauses { number text } } }',
    )
    const { agreement: changed } = await admin.mutate(
      'agreementTermsSet',
      { agreementId: agreement.id, terms: { responseHours: '6', restoreHours: null } },
      'agreement { currentVersion { clauses { number text } clause(number: "2.3.1") { blanks { name value } } } }',
    )
    expect(changed.currentVersion.clauses).toEqual(agreement.currentVersion.clauses)
    expect(changed.currentVersion.clause.blanks).toEqual([
      { name: 'responseHours', value: '6' },
      { name: 'fixHours', value: '24' },
    ])
  })
})

describe('covered software and support channels', () => {
  const SOFTWARE = 'agreement { currentVersion { coveredSoftware { id product version environment } } }'
  const CHANNELS = 'agreement { currentVersion { supportChannels { id kind address hours } } }'
  let agreement: AgreementHandle
  beforeAll(async () => {
    agreement = await customer.draft()
  })
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  const setSoftware = (software: object[]): Promise<any> =>
    admin.mutate('coveredSoftwareSet', { agreementId: agreement.id, software }, SOFTWARE)
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  const setChannels = (channels: object[]): Promise<any> =>
    admin.mutate('supportChannelSet', { agreementId: agreement.id, channels }, CHANNELS)

  it('software is replaced as a whole and keeps its order (clause 1.2.1)', async () => {
    const first = await setSoftware([
      { product: ' 客服 ', version: '3.x', environment: '生产' },
      { product: '质检', version: '', environment: null },
    ])
    expect(first.userErrors).toEqual([])
    expect(first.agreement.currentVersion.coveredSoftware).toMatchObject([
      { product: '客服', version: '3.x', environment: '生产' },
      { product: '质检', version: null, environment: null },
    ])
    const gone = first.agreement.currentVersion.coveredSoftware[0].id
    const second = await setSoftware([{ product: '质检' }])
    expect(second.agreement.currentVersion.coveredSoftware).toMatchObject([{ product: '质检' }])
    expect(await admin.ask('query ($id: ID!) { node(id: $id) { id } }', { id: gone })).toEqual({ node: null })
    expect((await setSoftware([])).agreement.currentVersion.coveredSoftware).toEqual([])
  })

  it('channels are replaced as a whole and keep their order (clause 7.1.1)', async () => {
    const first = await setChannels([
      { kind: 'PHONE', address: '400-800-8888', hours: '工作日 9-18 时' },
      { kind: 'EMAIL', address: 'help@example.com' },
      { kind: 'ONLINE', address: 'https://example.com', hours: ' ' },
    ])
    expect(first.userErrors).toEqual([])
    expect(first.agreement.currentVersion.supportChannels).toMatchObject([
      { kind: 'PHONE', address: '400-800-8888', hours: '工作日 9-18 时' },
      { kind: 'EMAIL', address: 'help@example.com', hours: null },
      { kind: 'ONLINE', address: 'https://example.com', hours: null },
    ])
    const second = await setChannels([{ kind: 'ONLINE', address: 'https://example.com' }])
    expect(second.agreement.currentVersion.supportChannels).toHaveLength(1)
    expect((await setChannels([])).agreement.currentVersion.supportChannels).toEqual([])
  })

  it('a hundred entries fit, one more is too many and leaves the list as it was', async () => {
    const products = Array.from({ length: 101 }, (_, at) => ({ product: `产品 ${at}` }))
    const kept = await setSoftware(products.slice(1))
    expect(
      kept.agreement.currentVersion.coveredSoftware.map((each: { product: string }) => each.product),
    ).toEqual(products.slice(1).map(({ product }) => product))
    expect(await setSoftware(products)).toMatchObject({
      userErrors: [{ code: 'TOO_MANY', field: ['input', 'software'], message: 'At most 100 of them.' }],
    })
    const lines = Array.from({ length: 101 }, () => ({ kind: 'PHONE', address: '400' }))
    expect((await setChannels(lines.slice(1))).userErrors).toEqual([])
    expect(await setChannels(lines)).toMatchObject({
      userErrors: [{ code: 'TOO_MANY', field: ['input', 'channels'] }],
    })
    const { currentVersion } = await agreement.read(
      'currentVersion { coveredSoftware { id } supportChannels { id } }',
    )
    expect([currentVersion.coveredSoftware.length, currentVersion.supportChannels.length]).toEqual([100, 100])
  })

  it.each([
    ['a blank product', { product: ' ' }, 'product', 'BLANK', '1.2.1'],
    ['a product of 201 characters', { product: 'x'.repeat(201) }, 'product', 'TOO_LONG', '1.2.1'],
    ['a product with a NUL', { product: 'a\0b' }, 'product', 'INVALID', '1.2.1'],
    ['a product with half a character', { product: 'a\ud800' }, 'product', 'INVALID', '1.2.1'],
    ['a version of 101 characters', { product: 'a', version: 'x'.repeat(101) }, 'version', 'TOO_LONG', null],
    [
      'an environment of 201 characters',
      { product: 'a', environment: 'x'.repeat(201) },
      'environment',
      'TOO_LONG',
      null,
    ],
  ])('%s is refused where it stands', async (_, entry, name, code, clause) => {
    const before = await world.contents()
    const { userErrors } = await setSoftware([{ product: '客服' }, entry])
    expect(userErrors).toMatchObject([{ code, field: ['input', 'software', '1', name], clause }])
    expect(await world.contents()).toEqual(before)
  })

  it.each([
    ['a blank address', { kind: 'PHONE', address: '' }, 'address', 'BLANK', '7.1.1'],
    [
      'an address of 321 characters',
      { kind: 'EMAIL', address: 'x'.repeat(321) },
      'address',
      'TOO_LONG',
      '7.1.1',
    ],
    [
      'hours of 201 characters',
      { kind: 'PHONE', address: '400', hours: 'x'.repeat(201) },
      'hours',
      'TOO_LONG',
      null,
    ],
  ])('%s is refused where it stands', async (_, entry, name, code, clause) => {
    const { userErrors } = await setChannels([{ kind: 'PHONE', address: '400' }, entry])
    expect(userErrors).toMatchObject([{ code, field: ['input', 'channels', '1', name], clause }])
  })
})

describe('what is no draft any more', () => {
  const CHANGES: [string, object][] = [
    ['agreementTermsSet', { terms: { responseHours: '1' } }],
    ['agreementDamagesRuleSet', { rule: { dutyClauses: ['4.2.1'], basis: 'ANNUAL_FEE', mode: 'ONE_OFF' } }],
    ['coveredSoftwareSet', { software: [] }],
    ['supportChannelSet', { channels: [] }],
    ['agreementSubmitForSigning', {}],
    ['agreementCancel', {}],
  ]

  it.each(CHANGES)('%s is refused once it is in force, and once it is cancelled', async (mutation, input) => {
    const inForce = await customer.agreement()
    const cancelled = await customer.draft()
    expect((await admin.mutate('agreementCancel', { agreementId: cancelled.id })).userErrors).toEqual([])
    for (const agreement of [inForce, cancelled]) {
      const { userErrors } = await admin.mutate(mutation, { agreementId: agreement.id, ...input })
      expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['input', 'agreementId'] }])
    }
  })

  it('is drafted by ADMIN and FINANCE alone', async () => {
    const agreement = await customer.draft()
    const input = { idempotencyKey: 'k', agreementId: agreement.id, terms: filledTerms('F-1') }
    const document =
      'mutation ($input: AgreementTermsSetInput!) { agreementTermsSet(input: $input) { userErrors { code } } }'
    for (const caller of [
      await provider.staff('AGENT', 'OPERATOR', 'AUDITOR'),
      await customer.user('SIGNATORY', 'MEMBER'),
    ]) {
      expect((await caller.send(document, { input })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    const finance = await provider.staff('FINANCE')
    expect(
      (await finance.mutate('agreementTermsSet', { agreementId: agreement.id, terms: {} })).userErrors,
    ).toEqual([])
  })
})
