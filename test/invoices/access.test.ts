import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadTransaction } from '../../src/persistence/index.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { done } from '../kit/done.js'
import { agreementWithFees, issuedInvoice, payment } from './kit.js'

let world: World
let provider: Provider
let customers: Customer[]
let agreements: AgreementHandle[]
let finance: Caller
let invoiceId: string
let paymentId: string

const CREDITED = '2026-01-05T09:00:00+08:00'

beforeAll(async () => {
  world = await World.create()
  await world.freezeClock('2026-01-05T10:00:00+08:00')
  provider = await world.provider()
  customers = [await provider.customer(), await provider.customer()]
  agreements = []
  finance = await provider.staff('FINANCE')
  for (const customer of customers) agreements.push(await agreementWithFees(customer))
  for (const [index, agreement] of agreements.entries()) {
    for (let count = 0; count < 5; count++) {
      await world.freezeClock(`2026-01-0${5 + count}T10:00:00+08:00`)
      await issuedInvoice(finance, agreement, `${(index + 1) * 100 + count}.00`)
    }
  }
  invoiceId = await issuedInvoice(finance, agreements[0] as AgreementHandle, '77.00')
  const paid = await done(finance, 'paymentRecord', payment(invoiceId, '7.00', CREDITED), 'payment { id }')
  paymentId = paid.payment.id
})
afterAll(() => world.close())

const ALL = '{ invoices(first: 100) { nodes { id customer { id } } } payments(first: 100) { nodes { id } } }'

describe('who may see invoices and payments', () => {
  it('an AUDITOR sees all and writes nothing', async () => {
    const auditor = await provider.staff('AUDITOR')
    const seen = await auditor.ask(ALL)
    expect([seen.invoices.nodes.length, seen.payments.nodes.length]).toEqual([11, 1])
    const { errors } = await auditor.send(
      'mutation ($input: InvoiceVoidInput!) { invoiceVoid(input: $input) { invoice { id } } }',
      { input: { idempotencyKey: 'a', invoiceId } },
    )
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it("a customer sees its own, and the other's like any that there isn't", async () => {
    const [own, other] = await Promise.all(customers.map(each => each.user('MEMBER')))
    const mine = await own?.ask(ALL)
    expect(mine.invoices.nodes).toHaveLength(6)
    expect(
      new Set(mine.invoices.nodes.map((node: { customer: { id: string } }) => node.customer.id)),
    ).toEqual(new Set([customers[0]?.id]))
    const theirs = await other?.ask(ALL)
    expect([theirs.invoices.nodes.length, theirs.payments.nodes.length]).toEqual([5, 0])
    expect(
      await other?.ask(
        `{ invoice(id: "${invoiceId}") { id } payment(id: "${paymentId}") { id } node(id: "${invoiceId}") { id } agreement(id: "${agreements[0]?.id}") { id } }`,
      ),
    ).toEqual({ invoice: null, payment: null, node: null, agreement: null })
  })

  it('an app that nobody authorised sees none, whatever its scopes', async () => {
    const app = await provider.app('biller', ['invoice:read', 'payment:read', 'agreement:read', 'node:read'])
    expect(
      await app.ask('{ invoices { nodes { id } totalCount } payments { nodes { id } totalCount } }'),
    ).toEqual({
      invoices: { nodes: [], totalCount: 0 },
      payments: { nodes: [], totalCount: 0 },
    })
    expect(await app.ask(`{ invoice(id: "${invoiceId}") { id } }`)).toEqual({ invoice: null })
  })

  it.each([
    ['ADMIN', true],
    ['FINANCE', true],
    ['AGENT', false],
    ['OPERATOR', false],
    ['AUDITOR', false],
  ])('staff %s may write: %s', async (role, may) => {
    const caller = await provider.staff(role)
    const input = { idempotencyKey: role, agreementId: 'agr_x', lines: [] }
    const { errors } = await caller.send(
      'mutation ($input: InvoiceDraftInput!) { invoiceDraft(input: $input) { userErrors { code } } }',
      { input },
    )
    expect(errors?.[0]?.extensions.code).toBe(may ? undefined : 'FORBIDDEN')
  })

  it('an ERP with the scope records payments of its tenant, or of the one customer it is bound to', async () => {
    const [, other] = customers
    const erp = await provider.service(['payment:write'])
    const answer = await done(
      erp,
      'paymentRecord',
      payment(invoiceId, '1.00', CREDITED),
      'payment { id } invoice { id }',
    )
    // It may write without being allowed to read.
    expect(answer).toMatchObject({ payment: null, invoice: null })
    const bound = await provider.service(['payment:write', 'payment:read'], other)
    const foreign = await bound.mutate('paymentRecord', payment(invoiceId, '1.00', CREDITED))
    expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'invoiceId'] }])
    const reversal = await bound.mutate('paymentReverse', { paymentId, reason: 'x' })
    expect(reversal.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'paymentId'] }])
    const scopeless = await provider.service(['invoice:read'])
    const { errors } = await scopeless.send(
      'mutation ($input: PaymentRecordInput!) { paymentRecord(input: $input) { userErrors { code } } }',
      { input: { idempotencyKey: 'x', ...payment(invoiceId, '1.00', CREDITED) } },
    )
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

interface Walked {
  nodes: { id: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

describe('lists of invoices', () => {
  const PORTAL = `query ($first: Int!) { agreements { nodes { id
    invoices(first: $first) { nodes { total { amount } } pageInfo { hasNextPage endCursor } totalCount }
    two: invoices(first: 2) { nodes { total { amount } } } } } }`

  it('of many agreements come by one statement, the limit held for each of them', async () => {
    const statements: string[] = []
    const read = world.database.read.bind(world.database)
    world.database.read = session => {
      const reads = read(session)
      const rows = reads.rows.bind(reads)
      reads.rows = ((query, values) => {
        statements.push(query.name)
        return rows(query, values)
      }) as ReadTransaction['rows']
      return reads
    }
    const { agreements: page } = await finance.ask(PORTAL.replace(' totalCount', ''), { first: 3 })
    world.database.read = read
    expect(statements.filter(name => name.startsWith('newest_invoices'))).toHaveLength(1)
    expect(statements).toHaveLength(2)
    const amounts = (list: { nodes: { total: { amount: string } }[] }): string[] =>
      list.nodes.map(node => node.total.amount)
    expect(page.nodes.map((node: never) => amounts(node['invoices']))).toEqual([
      ['204.00', '203.00', '202.00'],
      ['77.00', '104.00', '103.00'],
    ])
    expect(page.nodes.map((node: never) => amounts(node['two']))).toEqual([
      ['204.00', '203.00'],
      ['77.00', '104.00'],
    ])
  })

  it('go on from the first page of an agreement where it ended', async () => {
    const { agreements: page } = await finance.ask(PORTAL, { first: 3 })
    const [first] = page.nodes
    expect(first.invoices).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true } })
    const next = await finance.ask(
      `query ($id: ID!, $after: String!) { agreement(id: $id) { invoices(first: 3, after: $after) { nodes { total { amount } } pageInfo { hasNextPage } } } }`,
      { id: first.id, after: first.invoices.pageInfo.endCursor },
    )
    expect(next.agreement.invoices).toEqual({
      nodes: [{ total: { amount: '201.00' } }, { total: { amount: '200.00' } }],
      pageInfo: { hasNextPage: false },
    })
  })

  it.each(['CREATED_AT', 'ISSUED_ON'])(
    'walk by %s in both directions without a gap, drafts among them',
    async field => {
      const lines = [{ description: 'x', taxRatePercent: '6', net: '1' }]
      await done(finance, 'invoiceDraft', { agreementId: agreements[1]?.id, lines })
      const walk = async (direction: string): Promise<string[]> => {
        const ids: string[] = []
        let after: string | null = null
        do {
          const { invoices }: { invoices: Walked } = await finance.ask(
            `query ($after: String) { invoices(first: 2, after: $after, orderBy: { field: ${field}, direction: ${direction} }) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
            { after },
          )
          ids.push(...invoices.nodes.map(node => node.id))
          after = invoices.pageInfo.hasNextPage ? invoices.pageInfo.endCursor : null
        } while (after)
        return ids
      }
      const up = await walk('ASC')
      expect(new Set(up).size).toBe(up.length)
      expect(up.length).toBeGreaterThan(11)
      expect(await walk('DESC')).toEqual(up.toReversed())
    },
  )

  it('are filtered by state, customer, number and what changed', async () => {
    const count = async (filter: string): Promise<number> =>
      (await finance.ask(`{ invoices(filter: ${filter}) { totalCount } }`)).invoices.totalCount
    expect(await count('{ state: [PARTLY_PAID] }')).toBe(1)
    expect(await count(`{ customerId: "${customers[0]?.id}" }`)).toBe(6)
    expect(await count(`{ agreementId: "${agreements[0]?.id}", state: [ISSUED] }`)).toBe(5)
    expect(await count('{ number: 1 }')).toBe(1)
    expect(await count('{ agreementId: "nonsense" }')).toBe(0)
    expect(await count('{ updatedAfter: "2027-01-01T00:00:00Z" }')).toBe(0)
    const { payments } = await finance.ask(
      `{ payments(filter: { invoiceId: "${invoiceId}", state: [RECORDED] }, orderBy: { field: CREDITED_AT, direction: ASC }) { nodes { id invoice { id } agreement { id } } } }`,
    )
    expect(payments.nodes).toContainEqual({
      id: paymentId,
      invoice: { id: invoiceId },
      agreement: { id: agreements[0]?.id },
    })
  })

  it('find every node of the room again by its id', async () => {
    const { invoice, agreement } = await finance.ask(
      `{ invoice(id: "${invoiceId}") { id lines { id } payments { nodes { id } } } agreement(id: "${agreements[0]?.id}") { currentVersion { feeSchedule { id } } } }`,
    )
    const credited = await done(finance, 'invoiceCredit', { invoiceId, reason: 'Wrong' }, 'creditNote { id }')
    const ids = [
      invoice.id,
      invoice.lines[0].id,
      invoice.payments.nodes[0].id,
      agreement.currentVersion.feeSchedule.id,
      credited.creditNote.id,
    ]
    const { nodes } = await finance.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids,
    })
    expect(nodes).toEqual(
      ['Invoice', 'InvoiceLine', 'Payment', 'FeeSchedule', 'CreditNote'].map((__typename, index) => ({
        __typename,
        id: ids[index],
      })),
    )
  })
})
