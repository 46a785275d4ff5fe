import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadTransaction } from '../../src/persistence/index.js'
import { done } from '../kit/done.js'
import { agreementWithFees } from '../invoices/kit.js'
import { type Caller, type Provider, World } from '../kit/world.js'

/** What a portal's first page asks for. */
const PAGE = `query ($first: Int!) { agreements(first: $first) { nodes { number state endsOn customer { name }
  tickets(first: 5) { nodes { number state subject } pageInfo { hasNextPage } }
  invoices(first: 3) { nodes { total { amount } state } pageInfo { hasNextPage } } } } }`

/** Tickets and invoices of each agreement: more than a page of them for most, fewer for every fourth. */
const [TICKETS, INVOICES] = [7, 4]

let world: World
let provider: Provider
let admin: Caller

beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
  for (let index = 0; index < 20; index++) await fill(index)
}, 120_000)
afterAll(() => world.close())

async function fill(index: number): Promise<void> {
  const customer = await provider.customer(`P-${index}`, `Customer ${index}`)
  const agreement = await agreementWithFees(customer, {}, { contractNumber: `PORTAL-${index}` })
  const few = index % 4 === 0
  for (let ticket = 1; ticket <= (few ? 2 : TICKETS); ticket++)
    await done(admin, 'ticketReport', {
      agreementId: agreement.id,
      kind: 'SUPPORT',
      subject: `${index}: ticket ${ticket}`,
    })
  for (let invoice = 1; invoice <= (few ? 1 : INVOICES); invoice++)
    await done(admin, 'invoiceDraft', {
      agreementId: agreement.id,
      lines: [{ description: 'Work', taxRatePercent: '6', gross: `${index * 10 + invoice}.00` }],
    })
}

interface Page {
  nodes: {
    number: string
    customer: { name: string }
    tickets: { nodes: { subject: string }[]; pageInfo: { hasNextPage: boolean } }
    invoices: { nodes: { total: { amount: string } }[]; pageInfo: { hasNextPage: boolean } }
  }[]
}

/** Asks for the page, and counts the statements that read rows for it. */
async function page(first: number): Promise<{ page: Page; statements: string[] }> {
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
  const { agreements } = await admin.ask(PAGE, { first })
  world.database.read = read
  return { page: agreements, statements }
}

describe("a portal's page: 20 agreements, each with customer, 5 newest tickets and 3 newest invoices", () => {
  it('takes as many statements for twenty agreements as for one: one for each kind of record', async () => {
    const one = await page(1)
    const twenty = await page(20)
    expect(one.page.nodes).toHaveLength(1)
    expect(twenty.page.nodes).toHaveLength(20)
    expect(twenty.statements.toSorted()).toEqual(one.statements.toSorted())
    expect(twenty.statements).toHaveLength(4)
  })

  it("holds its limits for each agreement, newest first, and shows no other agreement's records", async () => {
    const { nodes } = (await page(20)).page
    const expected = Array.from({ length: 20 }, (_, index) => 19 - index).map(index => {
      const few = index % 4 === 0
      const newest = (from: number, count: number): number[] =>
        Array.from({ length: Math.min(from, count) }, (_, step) => from - step)
      return {
        number: `PORTAL-${index}`,
        customer: `Customer ${index}`,
        tickets: newest(few ? 2 : TICKETS, 5).map(ticket => `${index}: ticket ${ticket}`),
        moreTickets: !few,
        invoices: newest(few ? 1 : INVOICES, 3).map(invoice => `${index * 10 + invoice}.00`),
        moreInvoices: !few,
      }
    })
    expect(
      nodes.map(node => ({
        number: node.number,
        customer: node.customer.name,
        tickets: node.tickets.nodes.map(each => each.subject),
        moreTickets: node.tickets.pageInfo.hasNextPage,
        invoices: node.invoices.nodes.map(each => each.total.amount),
        moreInvoices: node.invoices.pageInfo.hasNextPage,
      })),
    ).toEqual(expected)
  })
})
