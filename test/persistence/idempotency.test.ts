import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Caller, type Provider, World } from '../kit/world.js'

const CREATE = `mutation ($input: CustomerCreateInput!) {
  customerCreate(input: $input) { customer { id number name } userErrors { code field } } }`
const UPSERT = `mutation ($input: PersonUpsertInput!) {
  personUpsert(input: $input) { person { id name email } userErrors { code field } } }`
const DAY_MS = 24 * 3_600_000

let world: World
let provider: Provider
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

describe('the same key twice', () => {
  it('changes once and answers twice, the second time saying so', async () => {
    const input = customer()
    const first = await create(admin, input)
    const second = await create(admin, input)
    expect(second.data).toEqual(first.data)
    expect(first.extensions?.replayed).toBeUndefined()
    expect(second.extensions?.replayed).toEqual(['customerCreate'])
    expect(await countOf(input.number)).toBe(1)
  })

  it('20 times at once makes one change: each hears its answer, or that it is under way and when to come back', async () => {
    const input = customer()
    const free = await holdUp('customers')
    const answers = Array.from({ length: 20 }, () => create(admin, input))
    // All but the one that waits for the table have heard by now.
    const heard: unknown[] = []
    for (const answer of answers) void answer.then(each => heard.push(each))
    await vi.waitFor(() => expect(heard).toHaveLength(19), { timeout: 5_000 })
    await free()
    const all = await Promise.all(answers)
    const made = all.filter(answer => !answer.errors)
    expect(made).toHaveLength(1)
    expect(made[0]?.data.customerCreate.customer).toMatchObject({ number: input.number })
    for (const answer of all.filter(answer => answer.errors)) {
      expect(answer.data.customerCreate).toBeNull()
      expect(answer.errors).toMatchObject([
        { path: ['customerCreate'], extensions: { code: 'IDEMPOTENCY_IN_FLIGHT', retryAfter: 1 } },
      ])
    }
    expect(await countOf(input.number)).toBe(1)
    expect((await create(admin, input)).extensions?.replayed).toEqual(['customerCreate'])
  })

  it('20 times at once, with nobody held up, still makes one change', async () => {
    const input = customer()
    const all = await Promise.all(Array.from({ length: 20 }, () => create(admin, input)))
    const ids = all.filter(answer => !answer.errors).map(answer => answer.data.customerCreate.customer.id)
    expect(new Set(ids).size).toBe(1)
    expect(all.filter(answer => !answer.errors && !answer.extensions?.replayed)).toHaveLength(1)
    for (const { errors } of all) {
      if (errors) expect(errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_IN_FLIGHT' } }])
    }
    expect(await countOf(input.number)).toBe(1)
  })

  it('in one document is answered under both names', async () => {
    const input = customer()
    const answer = await admin.send<Record<'one' | 'two', unknown>>(
      `mutation ($input: CustomerCreateInput!) {
        one: customerCreate(input: $input) { customer { id } } two: customerCreate(input: $input) { customer { id } } }`,
      { input },
    )
    expect(answer.errors).toBeUndefined()
    expect(answer.data.two).toEqual(answer.data.one)
    expect(answer.extensions?.replayed).toEqual(['two'])
  })

  it('re-reads what it made, as it is today', async () => {
    const input = customer()
    const { id } = (await create(admin, input)).data.customerCreate.customer
    await admin.mutate('customerUpdate', { customerId: id, name: 'renamed' })
    const again = await create(admin, input)
    expect(again.data.customerCreate.customer).toMatchObject({ id, name: 'renamed' })
    expect(again.extensions?.replayed).toEqual(['customerCreate'])
  })

  it('does not bring back a person who was erased in between', async () => {
    const input = { idempotencyKey: randomUUID(), name: '王芳', email: 'wang@example.com' }
    const { person } = (await upsert(admin, input)).data.personUpsert
    await admin.mutate('personErase', { personId: person.id })
    const again = await upsert(admin, input)
    expect(again.data.personUpsert.person).toEqual({ id: person.id, name: null, email: null })
    expect(again.text).not.toContain('wang@example.com')
    expect(await stored('idempotency_keys')).not.toContain('wang@example.com')
  })

  it('is answered under the access of today: who may no longer do it is told so and not what was done', async () => {
    const input = customer()
    const token = (role: string) =>
      world.token({ tenant: provider.slug, role: [role], subject: 'somebody who changes roles' })
    expect((await create(new Caller(world, await token('FINANCE')), input)).errors).toBeUndefined()
    const later = await create(new Caller(world, await token('AUDITOR')), input)
    expect(later.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect(later.text).not.toContain(input.number)
    const back = await create(new Caller(world, await token('ADMIN')), input)
    expect(back.extensions?.replayed).toEqual(['customerCreate'])
  })

  it('costs no number of the journal and sets no alarm again', async () => {
    const { uuid, id } = await provider.customer()
    const key = randomUUID()
    const draft = { customerId: id, idempotencyKey: key, terms: { contractNumber: `N-${uuid}` } }
    const agreement = await admin.mutate('agreementDraft', draft, 'agreement { id }')
    const before = await world.journal(provider.tenantId)
    expect((await admin.mutate('agreementDraft', draft, 'agreement { id }')).agreement).toEqual(
      agreement.agreement,
    )
    expect(await world.journal(provider.tenantId)).toEqual(before)
  })
})

describe('the same key with another body', () => {
  it.each<[string, object]>([
    ['another value', { name: 'Another' }],
    ['another case', { name: 'A NAME' }],
    ['a blank more', { name: 'a name ' }],
    ['a field more', { creditCode: '91330100MA27XXXXX1' }],
    ['a field that is null and was omitted', { creditCode: null }],
  ])('is refused: %s', async (_, difference) => {
    const input = customer()
    await create(admin, input)
    const other = await create(admin, { ...input, ...difference })
    expect(other.data.customerCreate).toBeNull()
    expect(other.errors).toMatchObject([
      { path: ['customerCreate'], extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    ])
    const [row] = await world.sqlAsSuperuser('select name, credit_code from customers where number = $1', [
      input.number,
    ])
    expect(row).toEqual({ name: 'a name', credit_code: null })
  })

  it('is the same body in another order of fields, as variables or as literals, with another selection', async () => {
    const { idempotencyKey, number, name } = customer()
    const first = await create(admin, { idempotencyKey, number, name })
    expect(first.errors).toBeUndefined()
    const turned = await create(admin, { name, number, idempotencyKey })
    const literal = await admin.send(
      `mutation { customerCreate(input: { name: "${name}", idempotencyKey: "${idempotencyKey}", number: "${number}" }) { userErrors { message } } }`,
    )
    for (const answer of [turned, literal]) {
      expect(answer.errors).toBeUndefined()
      expect(answer.extensions?.replayed).toEqual(['customerCreate'])
    }
  })

  it('in lists an order does make another body', async () => {
    const { id } = await provider.customer()
    const draft = { customerId: id, idempotencyKey: randomUUID() }
    const { agreement } = await admin.mutate('agreementDraft', draft, 'agreement { id }')
    const set = (software: object[], idempotencyKey: string) =>
      admin.send(
        'mutation ($input: CoveredSoftwareSetInput!) { coveredSoftwareSet(input: $input) { userErrors { code } } }',
        { input: { idempotencyKey, agreementId: agreement.id, software } },
      )
    const [one, two] = [{ product: 'One' }, { product: 'Two' }]
    const key = randomUUID()
    expect((await set([one, two], key)).errors).toBeUndefined()
    expect((await set([two, one], key)).errors).toMatchObject([
      { extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    ])
  })
})

describe('a refusal', () => {
  it('changes nothing, is not remembered, and may be corrected under the same key', async () => {
    const taken = customer()
    await create(admin, taken)
    const idempotencyKey = randomUUID()
    for (let n = 0; n < 2; n++) {
      const refused = await create(admin, { ...customer(), number: taken.number, idempotencyKey })
      expect(refused.data.customerCreate).toMatchObject({ customer: null, userErrors: [{ code: 'TAKEN' }] })
      expect(refused.extensions?.replayed).toBeUndefined()
    }
    expect(await stored('idempotency_keys')).not.toContain(idempotencyKey)
    const corrected = await create(admin, { ...customer(), idempotencyKey })
    expect(corrected.data.customerCreate).toMatchObject({ userErrors: [] })
    expect(corrected.extensions?.replayed).toBeUndefined()
  })

  it('that was mended elsewhere is a success under the same key and body', async () => {
    const [old, input] = [customer(), customer()]
    const { id } = (await create(admin, { ...old, number: input.number })).data.customerCreate.customer
    expect((await create(admin, input)).data.customerCreate.userErrors).toMatchObject([{ code: 'TAKEN' }])
    await admin.mutate('customerUpdate', { customerId: id, number: old.number })
    expect((await create(admin, input)).data.customerCreate.userErrors).toEqual([])
  })
})

describe('a failure', () => {
  it('whose connection was cut is unknown to the client, who repeats it with the same key: one change', async () => {
    const input = customer()
    const free = await holdUp('customers')
    const cut = create(admin, input)
    await vi.waitFor(async () => {
      const killed = await world.sqlAsSuperuser<{ killed: boolean }>(
        "select pg_terminate_backend(pid) as killed from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      expect(killed).toEqual([{ killed: true }])
    })
    expect((await cut).errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }])
    await free()
    const again = await create(admin, input)
    expect(again.data.customerCreate).toMatchObject({ userErrors: [] })
    expect(again.extensions?.replayed).toBeUndefined()
    expect(await countOf(input.number)).toBe(1)
  })
})

describe('a key belongs to one caller, tenant and mutation', () => {
  it('so the same key of another caller is another key', async () => {
    const idempotencyKey = randomUUID()
    const [finance, agent] = [await provider.staff('FINANCE'), await provider.staff('ADMIN')]
    const answers = [
      await create(finance, { ...customer(), idempotencyKey }),
      await create(agent, { ...customer(), idempotencyKey }),
      await create(await provider.service(['customer:write']), { ...customer(), idempotencyKey }),
    ]
    for (const answer of answers) {
      expect(answer.data.customerCreate).toMatchObject({ userErrors: [] })
      expect(answer.extensions?.replayed).toBeUndefined()
    }
  })

  it('so services of one name share neither keys nor offline ids when they are bound to different customers', async () => {
    const scopes = ['ticket:report', 'ticket:read']
    const report = `mutation ($input: TicketReportInput!) { ticketReport(input: $input) { ticket { id } userErrors { code } } }`
    const [idempotencyKey, clientId] = [randomUUID(), randomUUID()]
    const tickets = await Promise.all(
      ['one', 'another'].map(async () => {
        const bound = await provider.customer()
        const service = await provider.service(scopes, bound)
        const { id: agreementId } = await bound.agreement()
        const input = { idempotencyKey, clientId, agreementId, kind: 'FAULT', subject: 'Down' }
        const answer = await service.send<any>(report, { input })
        expect(answer.errors).toBeUndefined()
        expect(answer.extensions?.replayed).toBeUndefined()
        expect(answer.data.ticketReport.userErrors).toEqual([])
        const again = await service.send<any>(report, { input })
        expect(again.extensions?.replayed).toEqual(['ticketReport'])
        return answer.data.ticketReport.ticket.id
      }),
    )
    expect(new Set(tickets).size).toBe(2)
  })

  it('so a new token of the same caller is the same caller', async () => {
    const input = customer()
    const who = { tenant: provider.slug, role: ['ADMIN'], subject: 'the same person' }
    const [one, two] = [new Caller(world, await world.token(who)), new Caller(world, await world.token(who))]
    expect(one.token).not.toBe(two.token)
    await create(one, input)
    expect((await create(two, input)).extensions?.replayed).toEqual(['customerCreate'])
  })

  it('so the same key, body and subject in another tenant is another key, and tells nothing of the first', async () => {
    const input = customer()
    const elsewhere = await world.provider()
    const mine = (await create(admin, input)).data.customerCreate.customer
    const theirs = await create(await elsewhere.admin(), input)
    expect(theirs.extensions?.replayed).toBeUndefined()
    expect(theirs.data.customerCreate.customer.id).not.toBe(mine.id)
  })

  it('so the same key for another mutation is another key', async () => {
    const input = customer()
    await create(admin, input)
    const person = await upsert(admin, { idempotencyKey: input.idempotencyKey, name: 'Somebody' })
    expect(person.data.personUpsert).toMatchObject({ userErrors: [], person: { name: 'Somebody' } })
    expect(person.extensions?.replayed).toBeUndefined()
  })
})

describe('a key', () => {
  it.each([
    ['is blank', '  ', 'BLANK'],
    ['is empty', '', 'BLANK'],
    ['has 256 characters', 'k'.repeat(256), 'TOO_LONG'],
    ['holds NUL', 'a\0b', 'INVALID'],
    ['holds half a character', 'a\ud83db', 'INVALID'],
  ])('that %s is refused, with its field', async (_, idempotencyKey, code) => {
    const { data } = await create(admin, { ...customer(), idempotencyKey })
    expect(data.customerCreate).toEqual({
      customer: null,
      userErrors: [{ code, field: ['input', 'idempotencyKey'] }],
    })
  })

  it.each(['k'.repeat(255), '键'.repeat(85), 'a\nb', ' a', "'; drop table idempotency_keys; --", '🔑'])(
    'may be any text of its length: %j',
    async idempotencyKey => {
      const input = { ...customer(), idempotencyKey }
      expect((await create(admin, input)).data.customerCreate).toMatchObject({ userErrors: [] })
      expect((await create(admin, input)).extensions?.replayed).toEqual(['customerCreate'])
    },
  )

  it('is told from another by case and by blanks', async () => {
    for (const idempotencyKey of ['Same', 'same', 'same ', ' same']) {
      const answer = await create(admin, { ...customer(), idempotencyKey })
      expect(answer.data.customerCreate).toMatchObject({ userErrors: [] })
      expect(answer.extensions?.replayed).toBeUndefined()
    }
  })
})

describe('what is remembered', () => {
  it('is remembered for 30 days and then forgotten', async () => {
    const world = await World.forTest()
    const admin = await (await world.provider()).admin()
    const input = { idempotencyKey: randomUUID(), name: 'Somebody' }
    const { person } = (await upsert(admin, input)).data.personUpsert
    const start = Date.now()

    await world.setClock(new Date(start + 30 * DAY_MS - 60_000))
    await world.ringDue()
    const remembered = await upsert(admin, input)
    expect(remembered.data.personUpsert.person.id).toBe(person.id)
    expect(remembered.extensions?.replayed).toEqual(['personUpsert'])

    await world.setClock(new Date(start + 31 * DAY_MS + 60_000))
    await world.ringDue()
    const forgotten = await upsert(admin, input)
    expect(forgotten.extensions?.replayed).toBeUndefined()
    expect(forgotten.data.personUpsert.person.id).not.toBe(person.id)
  })

  it('holds ids and a hash, and nothing that was submitted', async () => {
    const secret = `canary-${randomUUID()}`
    await create(admin, { ...customer(), name: secret })
    await upsert(admin, { idempotencyKey: randomUUID(), name: secret, email: `${secret}@example.com` })
    expect(await stored('idempotency_keys')).not.toContain(secret)
    expect(world.logged.join()).not.toContain(secret)
  })
})

const customer = () => ({ idempotencyKey: randomUUID(), number: `N-${randomUUID()}`, name: 'a name' })

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const create = (caller: Caller, input: object) => caller.send<any>(CREATE, { input })
// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const upsert = (caller: Caller, input: object) => caller.send<any>(UPSERT, { input })

async function countOf(number: string): Promise<number> {
  const [row] = await world.sqlAsSuperuser<{ count: number }>(
    'select count(*)::int as count from customers where number = $1',
    [number],
  )
  return row?.count ?? 0
}

async function stored(table: string): Promise<string> {
  const rows = await world.sqlAsSuperuser<{ text: string }>(`select t::text as text from ${table} t`)
  return rows.map(row => row.text).join('\n')
}

/** Makes changes of a table wait, until it's called off. */
async function holdUp(table: string): Promise<() => Promise<void>> {
  const url = new URL(world.superuserUrl)
  url.pathname = new URL(world.appUrl).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  let ended = false
  const free = async () => {
    if (ended) return
    ended = true
    await client.end()
  }
  onTestFinished(free)
  await client.query(`begin; lock table ${table} in share mode`)
  return free
}
