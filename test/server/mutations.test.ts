import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, type Customer, type Provider, World, withCost } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create({ poolSize: 3 })
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

const create = (alias: string): string =>
  `${alias}: customerCreate(input: $${alias}) { customer { number name } userErrors { code field } }`
const creates = (...aliases: string[]): string =>
  `mutation (${aliases.map(alias => `$${alias}: CustomerCreateInput!`).join(', ')}) { ${aliases.map(create).join(' ')} }`
const input = (number: string, more: object = {}) => ({
  idempotencyKey: randomUUID(),
  number,
  name: 'N',
  ...more,
})
const stored = async (pattern: string): Promise<string[]> =>
  (
    await world.sqlAsSuperuser<{ number: string }>(
      'select number from customers where number like $1 order by created_at, number',
      [pattern],
    )
  ).map(row => row.number)

describe('several mutations in a document', () => {
  it('run in their order, each committed before the next: one that is refused takes nobody with it', async () => {
    const variables = { a: input('M-1'), b: input('M-1'), c: input('M-2') }
    const answer = await admin.send(creates('a', 'b', 'c'), variables)
    expect(answer.errors).toBeUndefined()
    expect(JSON.stringify(answer.data)).toBe(
      JSON.stringify({
        a: { customer: { number: 'M-1', name: 'N' }, userErrors: [] },
        b: { customer: null, userErrors: [{ code: 'TAKEN', field: ['input', 'number'] }] },
        c: { customer: { number: 'M-2', name: 'N' }, userErrors: [] },
      }),
    )
    expect(await stored('M-_')).toEqual(['M-1', 'M-2'])
  })

  it('see what the earlier ones did', async () => {
    const customer = await provider.customer('M-seen')
    const names = ['one', 'two', 'three']
    const variables = Object.fromEntries(
      names.map((name, index) => [
        `v${index}`,
        { idempotencyKey: randomUUID(), customerId: customer.id, name, expectedRevision: index + 1 },
      ]),
    )
    const query = `mutation (${names.map((_, index) => `$v${index}: CustomerUpdateInput!`).join(', ')}) {
      ${names.map((_, index) => `u${index}: customerUpdate(input: $v${index}) { customer { name revision } userErrors { code } }`).join(' ')} }`
    expect(await admin.ask(query, variables)).toEqual({
      u0: { customer: { name: 'one', revision: 2 }, userErrors: [] },
      u1: { customer: { name: 'two', revision: 3 }, userErrors: [] },
      u2: { customer: { name: 'three', revision: 4 }, userErrors: [] },
    })
  })

  it('stand apart when one breaks: it alone is null, beside an error with its path', async () => {
    const finance = await provider.staff('FINANCE')
    const query = `mutation ($a: CustomerCreateInput!, $s: AgreementSignInput!, $c: CustomerCreateInput!) {
      ${create('a')} s: agreementSign(input: $s) { userErrors { code } } ${create('c')} }`
    const signature = { idempotencyKey: 'k', agreementId: 'agr_x', contentHash: 'x' }
    const answer = await finance.send(query, { a: input('M-ok-1'), s: signature, c: input('M-ok-2') })
    expect(answer.data).toEqual({
      a: { customer: { number: 'M-ok-1', name: 'N' }, userErrors: [] },
      s: null,
      c: { customer: { number: 'M-ok-2', name: 'N' }, userErrors: [] },
    })
    expect(answer.errors?.map(({ path, extensions }) => ({ path, extensions }))).toEqual([
      { path: ['s'], extensions: { code: 'FORBIDDEN' } },
    ])
  })

  it('are at most ten, counted as the answer will name them', async () => {
    const aliases = Array.from({ length: 11 }, (_, index) => `m${index}`)
    const variables = Object.fromEntries(aliases.map(alias => [alias, input(`T-${alias}`)]))
    const eleven = await admin.send(creates(...aliases), variables)
    expect(eleven.errors).toEqual([
      { message: 'At most 10 mutations in one document.', extensions: { code: 'BAD_USER_INPUT' } },
    ])
    expect(eleven).not.toHaveProperty('data')
    expect(await stored('T-%')).toEqual([])
    const { m10: _, ...ten } = variables
    const done = await admin.ask(creates(...aliases.slice(0, 10)), ten)
    expect(Object.keys(done)).toEqual(aliases.slice(0, 10))
    expect((await stored('T-%')).sort()).toEqual(
      aliases
        .slice(0, 10)
        .map(alias => `T-${alias}`)
        .sort(),
    )
  })

  it('are counted through fragments, in no time for any number of spreads', async () => {
    const fields = Array.from(
      { length: 11 },
      (_, index) =>
        `f${index}: personErase(input: { idempotencyKey: "k", personId: "p" }) { userErrors { code } }`,
    )
    const direct = await admin.send(`mutation { ...F } fragment F on Mutation { ${fields.join(' ')} }`)
    expect(direct.errors?.[0]?.message).toBe('At most 10 mutations in one document.')
    const bomb = (depth: number): string =>
      `mutation { ...F0 } ${Array.from({ length: depth }, (_, index) =>
        index === depth - 1
          ? `fragment F${index} on Mutation { ${fields[0]} }`
          : `fragment F${index} on Mutation { ...F${index + 1} ... on Mutation { ...F${index + 1} } }`,
      ).join(' ')}`
    const begun = performance.now()
    const refused = await admin.send(bomb(25))
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(refused.errors?.[0]?.message).toBe('The same field stands at most 20 times in one place.')
    // Sixteen spreads of one field are one mutation.
    expect((await admin.send(bomb(5))).data).toEqual({ f0: { userErrors: [{ code: 'NOT_FOUND' }] } })
  })

  it('written twice under one name are one', async () => {
    const variables = { a: input('M-once') }
    const answer = await admin.ask(
      `mutation ($a: CustomerCreateInput!) { ${create('a')} ...F } fragment F on Mutation { ${create('a')} }`,
      variables,
    )
    expect(answer).toEqual({ a: { customer: { number: 'M-once', name: 'N' }, userErrors: [] } })
    expect(await stored('M-once')).toEqual(['M-once'])
  })

  it('of many callers at once hold no connection while they wait for another', async () => {
    const documents = Array.from({ length: 12 }, (_, index) => {
      const variables = { a: input(`P-${index}-a`), b: input(`P-${index}-b`), c: input(`P-${index}-c`) }
      return admin.send(creates('a', 'b', 'c'), variables)
    })
    const begun = performance.now()
    const answers = await Promise.all(documents)
    expect(answers.map(answer => answer.errors)).toEqual(answers.map(() => undefined))
    expect(await stored('P-%')).toHaveLength(36)
    // Less than the wait for one connection: nobody had to give up.
    expect(performance.now() - begun).toBeLessThan(5_000)
  })
})

describe('a payload that cannot be read', () => {
  let broken: Customer
  beforeAll(async () => {
    broken = await provider.customer('Q-broken')
    await broken.draft()
    // No such instant can be written as ISO 8601, and only the payload looks at it.
    await world.sqlAsSuperuser(
      `update agreements set created_at = 'infinity' where customer_id = (select id from customers where number = 'Q-broken')`,
    )
  })
  const update = (fields: string): string =>
    `mutation ($input: CustomerUpdateInput!) { changed: customerUpdate(input: $input) { customer { ${fields} } userErrors { code } } }`

  it('does not undo the change, and is null at its own place with its path', async () => {
    const variables = { input: { idempotencyKey: randomUUID(), customerId: broken.id, name: 'Written' } }
    const answer = await admin.send(update('name agreements { nodes { createdAt } }'), variables)
    expect(answer.status).toBe(200)
    expect(answer.data).toEqual({
      changed: { customer: { name: 'Written', agreements: null }, userErrors: [] },
    })
    expect(answer.errors?.map(({ path, extensions }) => ({ path, extensions }))).toEqual([
      {
        path: ['changed', 'customer', 'agreements', 'nodes', 0, 'createdAt'],
        extensions: { code: 'INTERNAL' },
      },
    ])
    expect(await world.sqlAsSuperuser('select name from customers where number = $1', ['Q-broken'])).toEqual([
      { name: 'Written' },
    ])
    // The same key, without the field that fails: what was done is there.
    const again = await admin.send(update('name'), variables)
    expect(again.data).toEqual({ changed: { customer: { name: 'Written' }, userErrors: [] } })
    expect(again.extensions).toEqual(withCost({ replayed: ['changed'] }))
  })

  it('does not keep the next mutation from running', async () => {
    const variables = {
      input: { idempotencyKey: randomUUID(), customerId: broken.id, name: 'Again' },
      b: input('Q-next'),
    }
    const query = `mutation ($input: CustomerUpdateInput!, $b: CustomerCreateInput!) {
      changed: customerUpdate(input: $input) { customer { agreements { nodes { createdAt } } } userErrors { code } } ${create('b')} }`
    const answer = await admin.send(query, variables)
    expect(answer.data).toEqual({
      changed: { customer: { agreements: null }, userErrors: [] },
      b: { customer: { number: 'Q-next', name: 'N' }, userErrors: [] },
    })
  })
})

describe('a repeated key', () => {
  it('answers anew what was done, says so by the name in the answer, and does nothing twice', async () => {
    const first = { a: input('R-1'), b: input('R-2') }
    await admin.ask(creates('a', 'b'), first)
    const again = await admin.send(creates('b', 'a', 'c'), { ...first, c: input('R-3') })
    expect(again.data).toEqual({
      b: { customer: { number: 'R-2', name: 'N' }, userErrors: [] },
      a: { customer: { number: 'R-1', name: 'N' }, userErrors: [] },
      c: { customer: { number: 'R-3', name: 'N' }, userErrors: [] },
    })
    expect(again.extensions).toEqual(withCost({ replayed: ['b', 'a'] }))
    expect(await stored('R-_')).toEqual(['R-1', 'R-2', 'R-3'])
  })

  it('within one document is done once as well', async () => {
    const same = input('R-same')
    const answer = await admin.send(creates('a', 'b'), { a: same, b: same })
    expect(answer.data).toEqual({
      a: { customer: { number: 'R-same', name: 'N' }, userErrors: [] },
      b: { customer: { number: 'R-same', name: 'N' }, userErrors: [] },
    })
    expect(answer.extensions).toEqual(withCost({ replayed: ['b'] }))
  })

  it('with another input is IDEMPOTENCY_KEY_REUSED at its path, and null', async () => {
    const key = randomUUID()
    await admin.ask(creates('a'), { a: input('R-mine', { idempotencyKey: key }) })
    const answer = await admin.send(creates('a'), { a: input('R-other', { idempotencyKey: key }) })
    expect(answer.data).toEqual({ a: null })
    expect(answer.errors?.map(({ path, extensions }) => ({ path, extensions }))).toEqual([
      { path: ['a'], extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    ])
    expect(await stored('R-other')).toEqual([])
  })

  it('that is still at work is IDEMPOTENCY_IN_FLIGHT with a time to come back, or replayed', async () => {
    const same = input('R-race')
    const answers = await Promise.all(Array.from({ length: 6 }, () => admin.send(creates('a'), { a: same })))
    for (const answer of answers) {
      if (answer.errors) {
        expect(answer.data).toEqual({ a: null })
        expect(answer.errors[0]?.extensions).toEqual({ code: 'IDEMPOTENCY_IN_FLIGHT', retryAfter: 1 })
      } else expect(answer.data).toMatchObject({ a: { customer: { number: 'R-race' } } })
    }
    expect(await stored('R-race')).toEqual(['R-race'])
  })
})

describe('a payload of a mutation', () => {
  it('is null only beside an error with its path, whatever is asked', async () => {
    const inputs: [Caller, object][] = [
      [admin, input('S-1')],
      [admin, input('')],
      [admin, input('S-1')],
      [admin, input('x'.repeat(500))],
      [admin, input('S-2', { idempotencyKey: '' })],
      [admin, input('S-3', { creditCode: 'wrong' })],
      [await provider.staff('AUDITOR'), input('S-4')],
      [await (await provider.customer()).signatory(), input('S-5')],
    ]
    for (const [caller, each] of inputs) {
      const { data, errors } = await caller.send<{ a: { userErrors: unknown[] } | null }>(creates('a'), {
        a: each,
      })
      if (data.a === null) expect(errors?.map(error => error.path)).toEqual([['a']])
      else expect(errors).toBeUndefined()
    }
  })
})
