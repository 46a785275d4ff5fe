import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AgreementHandle,
  type Caller,
  type Customer,
  type JournalRow,
  type Provider,
  World,
} from '../kit/world.js'

const READ = `agreement { id state revision endsOn endsAt terminatedAt terminationReason confidentialUntil
  currentVersion { state } suspensions { id scope reason startedAt endedAt } }`
const REASON = '机房搬迁'

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
const act = (mutation: string, agreement: AgreementHandle, input: object = {}, by = admin): Promise<any> =>
  by.mutate(mutation, { agreementId: agreement.id, ...input }, READ)
const suspend = (agreement: AgreementHandle, ...scopes: string[]) =>
  act('agreementSuspend', agreement, { scopes, reason: REASON })
const resume = (agreement: AgreementHandle, ...scopes: string[]) =>
  act('agreementResume', agreement, { scopes })
const terminate = (agreement: AgreementHandle) => act('agreementTerminate', agreement, { reason: '双方商定' })

async function eventsOf(agreement: AgreementHandle): Promise<JournalRow[]> {
  const { provider: owner } = agreement.customer
  return owner.world.journal(owner.tenantId, agreement.uuid)
}
const alarmsOf = (agreement: AgreementHandle, where = world) =>
  where.sqlAsSuperuser<{ due_at: Date }>('select due_at from alarms where subject_id = $1', [agreement.uuid])

describe('a suspension', () => {
  it('stops a scope and gives it back, and the agreement is suspended meanwhile', async () => {
    const agreement = await customer.agreement()
    const { agreement: stopped, userErrors } = await suspend(agreement, 'BACKUP')
    expect(userErrors).toEqual([])
    expect(stopped.state).toBe('SUSPENDED')
    expect(stopped.suspensions).toEqual([
      {
        id: expect.stringMatching(/^sus_/),
        scope: 'BACKUP',
        reason: REASON,
        startedAt: expect.any(String),
        endedAt: null,
      },
    ])
    const { agreement: back } = await resume(agreement, 'BACKUP')
    expect(back.state).toBe('ACTIVE')
    expect(back.suspensions).toEqual([{ ...stopped.suspensions[0], endedAt: expect.any(String) }])
    expect(Date.parse(back.suspensions[0].endedAt)).toBeGreaterThan(Date.parse(back.suspensions[0].startedAt))
    const events = (await eventsOf(agreement)).slice(-2)
    expect(events).toMatchObject([
      { type: 'agreement.suspended', data: { scopes: ['BACKUP'] }, clause: null, actor_kind: 'staff' },
      { type: 'agreement.resumed', data: { scopes: ['BACKUP'] }, clause: null, actor_kind: 'staff' },
    ])
    expect(JSON.stringify(events)).not.toContain(REASON)
  })

  it('of a scope that is suspended already changes nothing of it', async () => {
    const agreement = await customer.agreement()
    const first = await suspend(agreement, 'SERVICE')
    const again = await act('agreementSuspend', agreement, {
      scopes: ['SERVICE', 'SERVICE'],
      reason: 'anders',
    })
    expect(again.userErrors).toEqual([])
    expect(again.agreement.suspensions).toEqual(first.agreement.suspensions)
    const more = await suspend(agreement, 'SERVICE', 'UPGRADE', 'UPGRADE')
    expect(scopesOf(more.agreement)).toEqual(['SERVICE', 'UPGRADE'])
    expect(
      (await eventsOf(agreement))
        .filter(({ type }) => type === 'agreement.suspended')
        .map(({ data }) => data),
    ).toEqual([{ scopes: ['SERVICE'] }, { scopes: ['UPGRADE'] }])
  })

  it('of everything stands beside those of single scopes: it is active again when none is left', async () => {
    const agreement = await customer.agreement()
    await suspend(agreement, 'SERVICE', 'PAYMENT')
    const { agreement: all } = await suspend(agreement, 'ALL')
    expect(scopesOf(all)).toEqual(['ALL', 'PAYMENT', 'SERVICE'])
    expect((await resume(agreement, 'SERVICE', 'PAYMENT')).agreement.state).toBe('SUSPENDED')
    const { agreement: active } = await resume(agreement, 'ALL')
    expect(active.state).toBe('ACTIVE')
    await suspend(agreement, 'ALL', 'BACKUP')
    expect((await resume(agreement, 'ALL')).agreement.state).toBe('SUSPENDED')
    expect((await resume(agreement, 'BACKUP')).agreement.state).toBe('ACTIVE')
  })

  it('that is not there is resumed without a trace', async () => {
    const agreement = await customer.agreement()
    await suspend(agreement, 'BACKUP')
    const before = (await eventsOf(agreement)).length
    const { agreement: same, userErrors } = await resume(agreement, 'UPGRADE')
    expect(userErrors).toEqual([])
    expect([same.state, scopesOf(same)]).toEqual(['SUSPENDED', ['BACKUP']])
    expect(await eventsOf(agreement)).toHaveLength(before)
  })

  it('can come again: each has its own beginning and end', async () => {
    const agreement = await customer.agreement()
    for (const _ of [1, 2]) {
      await suspend(agreement, 'BACKUP')
      await resume(agreement, 'BACKUP')
    }
    const { suspensions } = await agreement.read('suspensions { startedAt endedAt }')
    expect(suspensions).toHaveLength(2)
    expect(Date.parse(suspensions[1].startedAt)).toBeGreaterThan(Date.parse(suspensions[0].endedAt))
  })

  it('of one scope by several at once is one suspension', async () => {
    const agreement = await customer.agreement()
    const results = await Promise.all(Array.from({ length: 4 }, () => suspend(agreement, 'ALL')))
    expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([])
    expect((await agreement.read('suspensions { scope }')).suspensions).toEqual([{ scope: 'ALL' }])
  })

  it.each([
    ['agreementSuspend', { scopes: [], reason: REASON }, 'scopes', 'REQUIRED'],
    ['agreementSuspend', { scopes: ['ALL'], reason: ' ' }, 'reason', 'BLANK'],
    ['agreementSuspend', { scopes: ['ALL'], reason: 'x'.repeat(1001) }, 'reason', 'TOO_LONG'],
    ['agreementSuspend', { scopes: ['ALL'], reason: 'a\0' }, 'reason', 'INVALID'],
    ['agreementTerminate', { reason: '' }, 'reason', 'BLANK'],
    ['agreementTerminate', { reason: '字'.repeat(1001) }, 'reason', 'TOO_LONG'],
    ['agreementTerminate', { reason: '\ud800' }, 'reason', 'INVALID'],
  ])('%s with %o is refused and leaves nothing behind', async (mutation, input, name, code) => {
    const agreement = await customer.agreement()
    const before = await world.contents()
    const { agreement: none, userErrors } = await act(mutation, agreement, input)
    expect(none).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', name] }])
    expect(await world.contents()).toEqual(before)
  })

  it('is resumed with at least one scope named', async () => {
    const agreement = await customer.agreement()
    await suspend(agreement, 'ALL')
    expect((await resume(agreement)).userErrors).toMatchObject([
      { code: 'REQUIRED', field: ['input', 'scopes'] },
    ])
  })
})

const scopesOf = (agreement: { suspensions: { scope: string; endedAt: string | null }[] }): string[] =>
  agreement.suspensions
    .filter(({ endedAt }) => endedAt === null)
    .map(({ scope }) => scope)
    .sort()

describe('a verb in a state that does not know it', () => {
  const STATES: Record<string, (agreement: AgreementHandle) => Promise<unknown>> = {
    DRAFT: async () => undefined,
    SIGNING: agreement => agreement.submit(),
    ACTIVE: async agreement => {
      await agreement.submit()
      await agreement.signByBoth()
    },
    SUSPENDED: async agreement => {
      await STATES.ACTIVE!(agreement)
      await suspend(agreement, 'BACKUP')
    },
    EXPIRED: async agreement => {
      await agreement.submit()
      const contentHash = await agreement.contentHash()
      const paper = { contentHash, method: 'PAPER', occurredAt: '2001-01-01T00:00:00Z', evidence: '纸' }
      for (const side of ['PROVIDER', 'CUSTOMER']) await act('agreementSign', agreement, { ...paper, side })
      await world.ringDue()
    },
    TERMINATED: async agreement => {
      await STATES.ACTIVE!(agreement)
      await terminate(agreement)
    },
    CANCELLED: agreement => act('agreementCancel', agreement),
  }
  const VERBS: [string, object, string[]][] = [
    ['agreementTermsSet', { terms: {} }, ['DRAFT', 'SIGNING']],
    ['agreementSubmitForSigning', {}, ['DRAFT']],
    ['agreementSign', {}, ['SIGNING']],
    ['agreementCancel', {}, ['DRAFT', 'SIGNING']],
    ['agreementSuspend', { scopes: ['ALL'], reason: REASON }, ['ACTIVE', 'SUSPENDED']],
    ['agreementResume', { scopes: ['BACKUP'] }, ['SUSPENDED']],
    ['agreementTerminate', { reason: REASON }, ['ACTIVE', 'SUSPENDED']],
  ]

  it.each(Object.keys(STATES))(
    'leaves an agreement that is %s as it is, and says in which state it is',
    async state => {
      const agreement = await customer.draft()
      await STATES[state]!(agreement)
      const contentHash = (await agreement.contentHash()) ?? ''
      const before = await world.contents()
      for (const [mutation, input, allowed] of VERBS) {
        if (allowed.includes(state)) continue
        const given = mutation === 'agreementSign' ? { contentHash } : input
        const { agreement: none, userErrors } = await act(mutation, agreement, given)
        expect(none).toBeNull()
        expect(userErrors).toEqual([
          {
            code: 'INVALID_STATE',
            field: ['input', 'agreementId'],
            message: expect.stringMatching(/^This is not possible in the state [A-Z_]+\.$/),
            clause: null,
            retryable: false,
          },
        ])
      }
      expect(await world.contents()).toEqual(before)
    },
  )

  it.each(
    VERBS.flatMap(([mutation, input, states]) => states.map(state => [mutation, state, input] as const)),
  )('%s is possible while it is %s', async (mutation, state, input) => {
    const agreement = await customer.draft()
    await STATES[state]!(agreement)
    const given = mutation === 'agreementSign' ? { contentHash: await agreement.contentHash() } : input
    expect((await act(mutation, agreement, given)).userErrors).toEqual([])
  })

  it('is refused to whoever may not control an agreement', async () => {
    const agreement = await customer.agreement()
    const before = await world.contents()
    for (const [mutation, input] of VERBS.slice(4)) {
      const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`
      const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`
      const callers = [
        await provider.staff('AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'),
        await customer.signatory(),
        await provider.service(['agreement:control', 'agreement:write']),
      ]
      for (const caller of callers) {
        const answer = await caller.send(document, {
          input: { idempotencyKey: 'k', agreementId: agreement.id, ...input },
        })
        expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
      }
    }
    expect(await world.contents()).toEqual(before)
  })
})

describe('ending before its time', () => {
  it.each([
    ['Asia/Shanghai', '2027-03-31T15:59:30Z', 5, '2032-03-31'],
    ['Asia/Shanghai', '2027-03-31T16:00:00Z', 5, '2032-04-01'],
    ['Europe/Berlin', '2027-03-31T21:59:30Z', 5, '2032-03-31'],
    ['Europe/Berlin', '2027-03-31T22:00:00Z', 0, '2027-04-01'],
    ['Asia/Shanghai', '2028-02-29T12:00:00+08:00', 1, '2029-02-28'],
  ])(
    'in %s at %s keeps secrets for %i years from that day (clause 4.3.1)',
    async (timeZone, at, years, until) => {
      await world.setClock('2026-09-01T00:00:00Z')
      const agreement = await customer.agreement({ confidentialityYears: years }, { timeZone })
      const { endsOn } = await agreement.read('endsOn')
      expect(await alarmsOf(agreement)).toHaveLength(1)
      await world.setClock(at)
      const { agreement: ended, userErrors } = await terminate(agreement)
      expect(userErrors).toEqual([])
      expect(ended).toMatchObject({
        state: 'TERMINATED',
        confidentialUntil: until,
        terminationReason: '双方商定',
        endsOn,
      })
      expect(Date.parse(ended.terminatedAt) - Date.parse(at)).toBeLessThan(15_000)
      expect(Date.parse(ended.terminatedAt)).toBeGreaterThanOrEqual(Date.parse(at))
      expect(await alarmsOf(agreement)).toEqual([])
      const event = (await eventsOf(agreement)).at(-1)
      expect(event).toMatchObject({
        type: 'agreement.terminated',
        occurred_at: new Date(ended.terminatedAt),
        data: {},
      })
    },
  )

  it('ends its suspensions with it, and no alarm makes it expire later', async () => {
    await world.setClock('2028-03-01T00:00:00Z')
    const agreement = await customer.agreement()
    await suspend(agreement, 'SERVICE', 'PAYMENT')
    const { agreement: ended } = await terminate(agreement)
    for (const { endedAt } of ended.suspensions) expect(endedAt).toBe(ended.terminatedAt)
    await world.setClock('2040-01-01T00:00:00Z')
    await world.ringDue()
    expect((await agreement.read('state')).state).toBe('TERMINATED')
    expect((await eventsOf(agreement)).map(({ type }) => type)).not.toContain('agreement.expired')
  })

  it('happens once, however many end it at once', async () => {
    const agreement = await customer.agreement()
    const results = await Promise.all(Array.from({ length: 4 }, () => terminate(agreement)))
    const codes: string[] = results.map(({ userErrors }) => userErrors[0]?.code ?? 'ended')
    expect(codes.sort()).toEqual(['INVALID_STATE', 'INVALID_STATE', 'INVALID_STATE', 'ended'])
  })

  it('of a draft is giving it up: nothing was ever in force', async () => {
    for (const settled of [false, true]) {
      const agreement = await customer.draft()
      if (settled) await agreement.submit()
      const finance = await provider.staff('FINANCE')
      const { agreement: given, userErrors } = await act('agreementCancel', agreement, {}, finance)
      expect(userErrors).toEqual([])
      expect(given).toMatchObject({
        state: 'CANCELLED',
        confidentialUntil: null,
        currentVersion: { state: 'CANCELLED' },
      })
      expect((await eventsOf(agreement)).at(-1)).toMatchObject({
        type: 'agreement.cancelled',
        data: { versionNumber: 1 },
      })
      expect(await alarmsOf(agreement)).toEqual([])
    }
  })
})

describe('the end of the term', () => {
  /** Stops the clock that decides at an instant: a shifted one goes on, and this is about single milliseconds. */
  const stopClock = (where: World, at: Date): Promise<unknown> =>
    where.sqlAsOwner(`create or replace function surety_now() returns timestamptz language sql volatile
      as $$ select timestamptz '${at.toISOString()}' $$`)

  it('comes at the midnight that ends its last day, and not a millisecond before', async () => {
    const own = await World.forTest()
    await own.setClock('2026-02-10T10:00:00+08:00')
    const agreement = await (await (await own.provider()).customer()).agreement({
      termYears: 1,
      serviceTermYears: 1,
    })
    const endsAt = new Date((await agreement.read('endsAt')).endsAt)
    expect(endsAt.toISOString()).toBe('2027-02-10T16:00:00.000Z')
    expect(await alarmsOf(agreement, own)).toEqual([{ due_at: endsAt }])
    await stopClock(own, new Date(endsAt.getTime() - 1))
    await own.ringDue()
    expect((await agreement.read('state')).state).toBe('ACTIVE')
    await stopClock(own, endsAt)
    await own.ringDue()
    expect(await agreement.read('state confidentialUntil')).toEqual({
      state: 'EXPIRED',
      confidentialUntil: '2032-02-10',
    })
    expect((await eventsOf(agreement)).at(-1)).toMatchObject({
      type: 'agreement.expired',
      clause: '1.3.1',
      actor_kind: 'system',
      occurred_at: endsAt,
      accepted_at: endsAt,
      data: { endsOn: '2027-02-10' },
    })
    expect(await alarmsOf(agreement, own)).toEqual([])
  })

  it('ends suspensions, at that midnight also when it is noticed days later', async () => {
    await world.setClock('2040-02-01T00:00:00Z')
    const agreement = await customer.agreement({ termYears: 1, serviceTermYears: 1 })
    await suspend(agreement, 'SERVICE')
    await resume(agreement, 'SERVICE')
    await suspend(agreement, 'SERVICE', 'ALL')
    const { endsAt } = await agreement.read('endsAt')
    const noticedAt = Date.parse(endsAt) + 3 * 86_400_000
    await world.setClock(new Date(noticedAt))
    await world.ringDue()
    const { state, suspensions } = await agreement.read('state suspensions { endedAt }')
    expect(state).toBe('EXPIRED')
    expect(suspensions.map(({ endedAt }: { endedAt: string }) => endedAt === endsAt)).toEqual([
      false,
      true,
      true,
    ])
    const [expired] = (await eventsOf(agreement)).slice(-1)
    expect(expired).toMatchObject({ type: 'agreement.expired', occurred_at: new Date(endsAt) })
    expect(expired!.accepted_at.getTime()).toBeGreaterThanOrEqual(noticedAt)
  })

  it('is noticed once, however many clocks ring at once and however often', async () => {
    await world.setClock('2042-02-01T00:00:00Z')
    const agreements = [await customer.agreement(), await customer.agreement(), await customer.agreement()]
    await world.setClock('2046-01-01T00:00:00Z')
    await Promise.all(Array.from({ length: 4 }, () => world.ringDue()))
    expect(await world.ringDue()).toBe(0)
    for (const agreement of agreements) {
      const types = (await eventsOf(agreement)).map(({ type }) => type)
      expect(types.filter(type => type === 'agreement.expired')).toHaveLength(1)
    }
  })

  it('is the end, also before anybody noticed: nothing can be suspended, resumed or terminated behind it', async () => {
    await world.setClock('2047-02-01T00:00:00Z')
    const [active, suspended] = [await customer.agreement(), await customer.agreement()]
    await suspend(suspended, 'BACKUP')
    await world.setClock('2051-01-01T00:00:00Z')
    for (const agreement of [active, suspended]) {
      for (const { userErrors } of [
        await suspend(agreement, 'ALL'),
        await resume(agreement, 'BACKUP'),
        await terminate(agreement),
      ])
        expect(userErrors).toMatchObject([
          { code: 'INVALID_STATE', message: 'This is not possible in the state EXPIRED.' },
        ])
    }
    await world.ringDue()
    for (const agreement of [active, suspended]) expect((await agreement.read('state')).state).toBe('EXPIRED')
  })
})
