import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

const CUSTOMER = 'customer { id number name creditCode revision createdAt updatedAt }'
const PERSON = 'person { id name email phone erasedAt revision updatedAt }'
const UNKNOWN = '00000000-0000-7000-8000-000000000000'

let world: World
let provider: Provider
let customer: Customer
let neighbour: Customer
let admin: Caller
let member: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  neighbour = await provider.customer()
  admin = await provider.admin()
  member = await customer.user('MEMBER')
})
afterAll(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
type Answer = Promise<any>
const create = (input: object, by = admin): Answer => by.mutate('customerCreate', input, CUSTOMER)
const update = (input: object, by = admin): Answer => by.mutate('customerUpdate', input, CUSTOMER)
const upsert = (input: object, by = admin): Answer => by.mutate('personUpsert', input, PERSON)
const erase = (personId: string, by = admin): Answer => by.mutate('personErase', { personId }, PERSON)
const node = async (id: string, by = admin): Answer =>
  (await by.ask('query ($id: ID!) { node(id: $id) { id ... on Person { name } } }', { id })).node

describe('a customer', () => {
  it('is added with a number of its own and can be read back', async () => {
    const { customer: added, userErrors } = await create({
      number: ' K-１０ ',
      name: ' 绵阳青禾 ',
      creditCode: '91510700ma62abcd0x',
    })
    expect(userErrors).toEqual([])
    expect(added).toMatchObject({
      number: 'K-１０',
      name: '绵阳青禾',
      creditCode: '91510700MA62ABCD0X',
      revision: 1,
    })
    expect(added.id).toMatch(/^cus_[0-9a-f-]{36}$/)
    const read = await admin.ask(`query ($id: ID!) { customer(id: $id) ${CUSTOMER.slice(9)} }`, {
      id: added.id,
    })
    expect(read.customer).toEqual(added)
  })

  it('changes where it is told, is cleared by null, and stays where nothing is said', async () => {
    const { customer: added } = await create({ number: 'K-20', name: 'A', creditCode: '91510700MA62ABCD0X' })
    const { customer: renamed } = await update({ customerId: added.id, name: 'B' })
    expect(renamed).toMatchObject({ number: 'K-20', name: 'B', creditCode: '91510700MA62ABCD0X' })
    expect(renamed.revision).toBeGreaterThan(added.revision)
    const { customer: renumbered } = await update({ customerId: added.id, number: 'K-21', creditCode: null })
    expect(renumbered).toMatchObject({ number: 'K-21', name: 'B', creditCode: null })
    for (const name of ['number', 'name']) {
      const { userErrors } = await update({ customerId: added.id, [name]: null })
      expect(userErrors).toMatchObject([{ code: 'BLANK', field: ['input', name] }])
    }
  })

  it('is changed from the revision that was read', async () => {
    const { customer: added } = await create({ number: 'K-30', name: 'A' })
    const stale = await update({ customerId: added.id, name: 'B', expectedRevision: added.revision + 1 })
    expect(stale.userErrors).toMatchObject([{ code: 'STALE_REVISION', field: ['input', 'expectedRevision'] }])
    const { customer: changed } = await update({
      customerId: added.id,
      name: 'B',
      expectedRevision: added.revision,
    })
    expect(changed.name).toBe('B')
  })

  it('has a number that no other customer of the tenant has; another tenant may use it as well', async () => {
    const first = await create({ number: 'K-40', name: 'A' })
    const second = await create({ number: 'K-41', name: 'B' })
    const taken = [{ code: 'TAKEN', field: ['input', 'number'] }]
    expect((await create({ number: ' K-40 ', name: 'C' })).userErrors).toMatchObject(taken)
    expect((await update({ customerId: second.customer.id, number: 'K-40' })).userErrors).toMatchObject(taken)
    expect((await update({ customerId: first.customer.id, number: 'K-40' })).userErrors).toEqual([])
    const elsewhere = await create({ number: 'K-40', name: 'D' }, await (await world.provider()).admin())
    expect(elsewhere.userErrors).toEqual([])
    const found = await admin.ask('{ customers(filter: { number: "K-40" }) { nodes { name } totalCount } }')
    expect(found.customers).toEqual({ nodes: [{ name: 'A' }], totalCount: 1 })
  })

  it('of one number is added once by many at once', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => create({ number: 'K-50', name: 'A' })))
    const codes: string[] = results.map(({ userErrors }) => userErrors[0]?.code ?? 'added')
    expect(codes.sort()).toEqual(['TAKEN', 'TAKEN', 'TAKEN', 'TAKEN', 'added'])
  })

  it.each([
    ['a blank number', { number: ' ' }, 'number', 'BLANK'],
    ['a number of 41 characters', { number: 'x'.repeat(41) }, 'number', 'TOO_LONG'],
    ['a number with a NUL', { number: 'a\0' }, 'number', 'INVALID'],
    ['a blank name', { name: '\n' }, 'name', 'BLANK'],
    ['a name of 201 characters', { name: '字'.repeat(201) }, 'name', 'TOO_LONG'],
    ['a name with half a character', { name: 'a\udc00' }, 'name', 'INVALID'],
    ['a credit code with the letter I', { creditCode: '91510700MA62ABCD0I' }, 'creditCode', 'INVALID'],
    ['a credit code with the letter O', { creditCode: '9151O700MA62ABCD0X' }, 'creditCode', 'INVALID'],
    ['a credit code with S, V or Z', { creditCode: '91510700MASVZBCD0X' }, 'creditCode', 'INVALID'],
    ['a credit code of 17 characters', { creditCode: '91510700MA62ABCD0' }, 'creditCode', 'INVALID'],
    ['a credit code of 19 characters', { creditCode: '91510700MA62ABCD0XX' }, 'creditCode', 'INVALID'],
    ['a credit code with a hyphen', { creditCode: '91510700-A62ABCD0X' }, 'creditCode', 'INVALID'],
  ])('with %s is refused, added or changed, and leaves nothing behind', async (_, wrong, name, code) => {
    const before = await world.contents()
    const refused = [{ code, field: ['input', name] }]
    expect((await create({ number: 'K-60', name: 'A', ...wrong })).userErrors).toMatchObject(refused)
    expect((await update({ customerId: customer.id, ...wrong })).userErrors).toMatchObject(refused)
    expect(await world.contents()).toEqual(before)
  })

  it('fits its limits exactly, and a blank credit code is none', async () => {
    const { customer: added, userErrors } = await create({
      number: '9'.repeat(40),
      name: '字'.repeat(200),
      creditCode: ' ',
    })
    expect(userErrors).toEqual([])
    expect(added).toMatchObject({ number: '9'.repeat(40), name: '字'.repeat(200), creditCode: null })
  })

  it("that is unknown, malformed or another tenant's is not found, each alike", async () => {
    const foreign = await (await world.provider()).customer()
    const answers = []
    for (const customerId of [
      `cus_${UNKNOWN}`,
      'cus_1',
      '',
      `prs_${UNKNOWN}`,
      foreign.id,
      foreign.id.toUpperCase(),
    ])
      answers.push(await update({ customerId, name: 'X' }))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({
      customer: null,
      userErrors: [{ code: 'NOT_FOUND', field: ['input', 'customerId'] }],
    })
  })

  it('sees itself alone', async () => {
    const { customers } = await member.ask('{ customers { nodes { id } totalCount } }')
    expect(customers).toEqual({ nodes: [{ id: customer.id }], totalCount: 1 })
    expect(await member.ask('query ($id: ID!) { customer(id: $id) { id } }', { id: neighbour.id })).toEqual({
      customer: null,
    })
  })

  it("is written by ADMIN, FINANCE and a tenant's service, and by nobody else", async () => {
    const service = await provider.service(['customer:write', 'customer:read'])
    expect((await create({ number: 'K-70', name: 'A' }, service)).userErrors).toEqual([])
    expect((await create({ number: 'K-71', name: 'A' }, await provider.staff('FINANCE'))).userErrors).toEqual(
      [],
    )
    const callers = [
      await provider.staff('AGENT', 'OPERATOR', 'AUDITOR'),
      await customer.signatory(),
      await provider.service(['customer:read']),
      await provider.app('clerk', ['customer:write', 'customer:read']),
    ]
    const before = await world.contents()
    for (const caller of callers) {
      const document =
        'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { userErrors { code } } }'
      const { errors } = await caller.send(document, {
        input: { idempotencyKey: 'k', number: 'K-72', name: 'A' },
      })
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    expect(await world.contents()).toEqual(before)
  })

  it('may be renamed by a service that is bound to it, which can add no other', async () => {
    const bound = await provider.service(['customer:write', 'customer:read'], customer)
    expect((await update({ customerId: customer.id, name: '本名' }, bound)).userErrors).toEqual([])
    expect((await update({ customerId: neighbour.id, name: '他名' }, bound)).userErrors).toMatchObject([
      { code: 'NOT_FOUND' },
    ])
    const before = await world.contents()
    const document =
      'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { userErrors { code } } }'
    const { errors } = await bound.send(document, {
      input: { idempotencyKey: 'k', number: 'K-80', name: 'A' },
    })
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect(await world.contents()).toEqual(before)
  })
})

describe('a person', () => {
  it('is added and changed where it is told; null clears, but a person has a name', async () => {
    const { person: added, userErrors } = await upsert({
      name: ' 王小明 ',
      email: ' wang@example.com ',
      phone: '13900139000',
    })
    expect(userErrors).toEqual([])
    expect(added).toMatchObject({
      name: '王小明',
      email: 'wang@example.com',
      phone: '13900139000',
      erasedAt: null,
    })
    const { person: changed } = await upsert({ personId: added.id, phone: null, email: '王@例子.中国' })
    expect(changed).toMatchObject({ id: added.id, name: '王小明', email: '王@例子.中国', phone: null })
    expect(changed.revision).toBeGreaterThan(added.revision)
    for (const name of [null, '', ' ']) {
      const { userErrors: blank } = await upsert({ personId: added.id, name })
      expect(blank).toMatchObject([{ code: 'BLANK', field: ['input', 'name'] }])
    }
    for (const nameless of [{}, { email: 'a@b' }, { name: ' ' }])
      expect((await upsert(nameless)).userErrors).toMatchObject([{ code: 'BLANK', field: ['input', 'name'] }])
  })

  it('is changed from the revision that was read', async () => {
    const { person } = await upsert({ name: 'A' })
    const stale = await upsert({ personId: person.id, name: 'B', expectedRevision: person.revision - 1 })
    expect(stale.userErrors).toMatchObject([{ code: 'STALE_REVISION', field: ['input', 'expectedRevision'] }])
    expect(
      (await upsert({ personId: person.id, name: 'B', expectedRevision: person.revision })).userErrors,
    ).toEqual([])
  })

  it.each([
    ['a name of 201 characters', { name: 'x'.repeat(201) }, 'name', 'TOO_LONG'],
    ['a name with a NUL', { name: 'a\0b' }, 'name', 'INVALID'],
    ['an address without @', { email: 'wang' }, 'email', 'INVALID'],
    ['an address with two @', { email: 'a@b@c' }, 'email', 'INVALID'],
    ['an address with a blank', { email: 'a b@c' }, 'email', 'INVALID'],
    ['an address of 321 characters', { email: `${'a'.repeat(319)}@b` }, 'email', 'TOO_LONG'],
    ['a number of 41 characters', { phone: '1'.repeat(41) }, 'phone', 'TOO_LONG'],
    ['a number with half a character', { phone: '1\ud800' }, 'phone', 'INVALID'],
  ])('with %s is refused and leaves nothing behind', async (_, wrong, name, code) => {
    const before = await world.contents()
    expect((await upsert({ name: 'A', ...wrong })).userErrors).toMatchObject([
      { code, field: ['input', name] },
    ])
    expect(await world.contents()).toEqual(before)
  })

  it("of a customer is seen by its users and the provider; the provider's own by no customer", async () => {
    const { person: theirs } = await upsert({ name: '客户的人', customerId: customer.id })
    const { person: staff } = await upsert({ name: '甲方的人' })
    const { person: own } = await upsert({ name: '自己的人' }, member)
    expect(await node(theirs.id, member)).toMatchObject({ name: '客户的人' })
    expect(await node(own.id)).toMatchObject({ name: '自己的人' })
    expect(await node(staff.id, member)).toBeNull()
    const others = await neighbour.signatory()
    for (const id of [theirs.id, staff.id, own.id]) expect(await node(id, others)).toBeNull()
    const app = await provider.app('phone-book', ['node:read', 'customer:read', 'person:write'])
    for (const id of [theirs.id, staff.id, own.id]) expect(await node(id, app)).toBeNull()
  })

  it("of a customer's user is the customer's own, whatever it says", async () => {
    expect((await upsert({ name: 'A', customerId: customer.id }, member)).userErrors).toEqual([])
    const foreign = await (await world.provider()).customer()
    for (const customerId of [neighbour.id, foreign.id, `cus_${UNKNOWN}`, 'x']) {
      const { userErrors } = await upsert({ name: 'A', customerId }, member)
      expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'customerId'] }])
    }
    expect((await upsert({ name: 'A', customerId: foreign.id })).userErrors).toMatchObject([
      { code: 'NOT_FOUND' },
    ])
    const rows = await world.sqlAsSuperuser(
      'select 1 from persons where tenant_id = $1 and customer_id = $2',
      [provider.tenantId, neighbour.uuid],
    )
    expect(rows).toEqual([])
  })

  it('stays with whom it was added for', async () => {
    const { person } = await upsert({ name: 'A', customerId: customer.id })
    expect((await upsert({ personId: person.id, customerId: customer.id, name: 'B' })).userErrors).toEqual([])
    const { userErrors } = await upsert({ personId: person.id, customerId: neighbour.id, name: 'C' })
    expect(userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'customerId'] }])
    expect(await node(person.id)).toMatchObject({ name: 'B' })
  })

  it('that the caller does not see cannot be changed or erased, and looks unknown', async () => {
    const { person: staff } = await upsert({ name: '甲方的人' })
    const { person: others } = await upsert({ name: '邻居的人', customerId: neighbour.id })
    const { person: foreign } = await upsert({ name: '外人' }, await (await world.provider()).admin())
    const signatory = await customer.signatory()
    const before = await world.contents()
    const unknown = await upsert({ personId: `prs_${UNKNOWN}`, name: 'X' }, signatory)
    expect(unknown.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'personId'] }])
    const gone = await erase(`prs_${UNKNOWN}`, signatory)
    for (const { id } of [staff, others, foreign, { id: 'prs_1' }, { id: customer.id }]) {
      expect(await upsert({ personId: id, name: 'X' }, signatory)).toEqual(unknown)
      expect(await erase(id, signatory)).toEqual(gone)
    }
    expect(await erase(foreign.id)).toEqual(gone)
    expect(await world.contents()).toEqual(before)
  })
})

describe('erasing a person (PIPL art. 47)', () => {
  const secrets = { name: '诸葛无名', email: 'zhuge-7731@example.com', phone: '+86 177 3177 3177' }

  it('takes what is personal out of every table and leaves an id that still holds', async () => {
    const signatory = await customer.signatory()
    const { person } = await upsert(secrets, signatory)
    const agreement = await customer.draft()
    const contentHash = await agreement.submit()
    await signatory.mutate('agreementSign', {
      agreementId: agreement.id,
      contentHash,
      signatoryId: person.id,
    })
    expect(await tablesWith(Object.values(secrets))).toEqual(['persons'])
    const { person: shell, userErrors } = await erase(person.id, signatory)
    expect(userErrors).toEqual([])
    expect(shell).toMatchObject({
      id: person.id,
      name: null,
      email: null,
      phone: null,
      erasedAt: expect.any(String),
    })
    expect(await tablesWith(Object.values(secrets))).toEqual([])
    const [row] = await world.sqlAsSuperuser(
      'select name, email, phone, customer_id, erased_at from persons where id = $1',
      [person.id.slice(4)],
    )
    expect(row).toEqual({
      name: null,
      email: null,
      phone: null,
      customer_id: customer.uuid,
      erased_at: new Date(shell.erasedAt),
    })
    const { currentVersion } = await agreement.read('currentVersion { signatures { signatory { id name } } }')
    expect(currentVersion.signatures).toEqual([{ signatory: { id: person.id, name: null } }])
    expect(world.logged.join('')).not.toMatch(/诸葛无名|zhuge-7731|3177 ?3177/)
  })

  it('can be repeated, and the first time counts', async () => {
    const { person } = await upsert(secrets)
    const { person: first } = await erase(person.id)
    const { person: again, userErrors } = await erase(person.id)
    expect(userErrors).toEqual([])
    expect(again.erasedAt).toBe(first.erasedAt)
    const atOnce = await Promise.all([erase(person.id), erase(person.id), erase(person.id)])
    expect(atOnce.flatMap(answer => answer.userErrors)).toEqual([])
  })

  it('is final: the shell takes no new data', async () => {
    const { person } = await upsert(secrets)
    await erase(person.id)
    for (const change of [{ name: 'A' }, { email: null }, {}]) {
      const { userErrors } = await upsert({ personId: person.id, ...change })
      expect(userErrors).toMatchObject([
        {
          code: 'INVALID_STATE',
          field: ['input', 'personId'],
          message: 'This person was erased: add a new one.',
        },
      ])
    }
    expect(await tablesWith(Object.values(secrets))).toEqual([])
  })

  it("is the ADMIN's and the SIGNATORY's to do", async () => {
    const { person } = await upsert({ ...secrets, customerId: customer.id })
    const document =
      'mutation ($input: PersonEraseInput!) { personErase(input: $input) { userErrors { code } } }'
    for (const caller of [
      member,
      await provider.staff('AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'),
      await provider.service(['person:erase']),
    ]) {
      const { errors } = await caller.send(document, { input: { idempotencyKey: 'k', personId: person.id } })
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    expect((await erase(person.id, await customer.signatory())).userErrors).toEqual([])
  })

  /** Tables in which any of the words stands in any column. */
  async function tablesWith(words: string[]): Promise<string[]> {
    const tables = await world.sqlAsSuperuser<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    )
    const found: string[] = []
    for (const { name } of tables) {
      const rows = await world.sqlAsSuperuser(`select 1 from "${name}" t where t::text like any ($1)`, [
        words.map(word => `%${word}%`),
      ])
      if (rows.length > 0) found.push(name)
    }
    return found
  }
})
