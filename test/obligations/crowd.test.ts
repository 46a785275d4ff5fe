import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import {
  lockObligation,
  type Obligation,
  reopenObligation,
  stopObligation,
} from '../../src/obligations/index.js'
import { type Operation, systemSession } from '../../src/persistence/index.js'
import { uuidOf } from '../../src/platform/ids.js'
import { SYSTEM_ACTOR } from '../../src/tenancy/index.js'
import { done } from '../kit/done.js'
import { agreementWithFees, issuedInvoice, payment } from '../invoices/kit.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'

interface Scene {
  world: World
  provider: Provider
  customer: Customer
  admin: Caller
}

async function scene(): Promise<Scene> {
  const world = await World.forTest({ poolSize: 20 })
  await world.freezeClock('2026-04-01T09:00:00+08:00')
  const provider = await world.provider()
  return { world, provider, customer: await provider.customer(), admin: await provider.admin() }
}

async function fault(admin: Caller, agreement: AgreementHandle): Promise<{ id: string; dueAt: number }> {
  const { ticket } = await done(
    admin,
    'ticketReport',
    { agreementId: agreement.id, kind: 'FAULT', subject: 'No answers' },
    'ticket { id responseObligation { dueAt } }',
  )
  return { id: ticket.id, dueAt: Date.parse(ticket.responseObligation.dueAt) }
}

const RESPOND =
  'mutation ($input: TicketRespondInput!) { ticketRespond(input: $input) { ticket { responseObligation { state } } userErrors { code } } }'
const answerTo = (ticketId: string): object => ({
  input: { idempotencyKey: randomUUID(), ticketId, text: 'On it.' },
})

/** Holds what `sql` locks, as a slow moment would, until it is let go. */
async function hold(world: World, sql: string): Promise<() => Promise<void>> {
  const url = new URL(world.superuserUrl)
  url.pathname = new URL(world.ownerUrl).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`begin; ${sql}`)
  return async () => {
    await client.query('commit')
    await client.end()
  }
}

const responseOf = async (admin: Caller, id: string): Promise<string> =>
  (await admin.ask('query ($id: ID!) { ticket(id: $id) { responseObligation { state } } }', { id })).ticket
    .responseObligation.state

/** What each outcome of many changes came to. */
function tally(): { count: (outcome: string) => void; counts: Record<string, number> } {
  const counts: Record<string, number> = {}
  return { counts, count: outcome => void (counts[outcome] = (counts[outcome] ?? 0) + 1) }
}

describe('a duty that is done while its alarm rings', () => {
  it('is kept when the answer was accepted in time, however slow its change is afterwards', async () => {
    const { world, customer, admin } = await scene()
    const { id } = await fault(admin, await customer.agreement())
    await world.freezeClock('2026-04-01T11:00:00.000+08:00')
    const letGo = await hold(world, 'lock table ticket_comments in exclusive mode')
    const answer = admin.send(RESPOND, answerTo(id))
    await sleep(300)
    await world.freezeClock('2026-04-01T11:00:00.001+08:00')
    const rung = world.ringDue()
    // Longer than PostgreSQL waits (1 s) before it looks for a deadlock.
    await sleep(1_300)
    await letGo()
    expect((await answer).text).toContain('"state":"MET"')
    await rung
    expect(await responseOf(admin, id)).toBe('MET')
  })

  it('may be undone again at once: its alarm, which has yet to ring, finds it owed', async () => {
    const { world, provider, customer, admin } = await scene()
    const agreement = await customer.agreement()
    const [first, second] = [await fault(admin, agreement), await fault(admin, agreement)]
    await world.freezeClock('2026-04-01T11:00:00.001+08:00')
    // The sweep claims both and waits for the first, while the second is done in time, as a fact, and then isn't.
    const letGo = await hold(
      world,
      `select from obligations where subject_id = '${uuidOf('tkt', first.id)}' for update`,
    )
    const rung = world.ringDue()
    await sleep(300)
    const doneAt = new Date('2026-04-01T10:59:00+08:00')
    const change = (how: (operation: Operation, duty: Obligation) => Promise<void>): Promise<void> =>
      world.database.write(systemSession(provider.tenantId), async operation => {
        const duty = await lockObligation(operation, uuidOf('tkt', second.id) as string, 'FAULT_RESPONSE')
        if (duty) await how(operation, duty)
      })
    await change((operation, duty) => stopObligation(operation, duty, doneAt, SYSTEM_ACTOR))
    expect(await responseOf(admin, second.id)).toBe('MET')
    const undone = { occurredAt: doneAt, acceptedAt: doneAt }
    await change((operation, duty) => reopenObligation(operation, duty, undone, SYSTEM_ACTOR))
    expect(await responseOf(admin, second.id)).toBe('RUNNING')
    await letGo()
    await rung
    expect(await responseOf(admin, second.id)).toBe('MISSED')
    expect(
      await world.sqlAsSuperuser(
        "select 1 from alarms where kind = 'obligation.due' and due_at < '2026-04-02'",
      ),
    ).toEqual([])
  })

  it('gets an answer each time, in a crowd of answers around their due instants', async () => {
    const { world, customer, admin } = await scene()
    await world.setClock('2026-04-01T09:00:00+08:00')
    const agreement = await customer.agreement()
    const tickets: { id: string; dueAt: number }[] = []
    for (let n = 0; n < 60; n++) tickets.push(await fault(admin, agreement))
    const first = tickets[0]?.dueAt as number
    await world.setClock(new Date(first - 500))
    const began = Date.now()
    let over = false
    const ringing = (async () => {
      while (!over) {
        await world.ringDue()
        await sleep(20)
      }
    })()
    const { counts, count } = tally()
    await Promise.all(
      tickets.map(async ({ id, dueAt }, index) => {
        // Around its due instant: a few milliseconds before or behind it.
        await sleep(Math.max(0, dueAt - first + 500 - (Date.now() - began) - 5 + (index % 7) * 2))
        const { text } = await admin.send(RESPOND, answerTo(id))
        count(/"state":"(MET|MISSED)"/.exec(text)?.[1] ? 'answered' : text)
      }),
    )
    over = true
    await ringing
    expect(counts).toEqual({ answered: 60 })
    expect(world.logged.filter(line => line.includes('alarm'))).toEqual([])
  })
})

describe('changes of one agreement at once', () => {
  it('never end each other: comments and drafts of invoices all come through', async () => {
    const { customer, admin } = await scene()
    const agreement = await agreementWithFees(customer)
    const tickets = [await fault(admin, agreement), await fault(admin, agreement)]
    const { counts, count } = tally()
    const call = async (mutation: string, input: object): Promise<void> => {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
      const { text } = await admin.send(
        `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`,
        { input: { idempotencyKey: randomUUID(), ...input } },
      )
      count(`${mutation} ${/"code":"(\w+)"/.exec(text)?.[1] ?? 'done'}`)
    }
    const lines = [{ description: 'Maintenance', taxRatePercent: '6', gross: '100.00' }]
    for (let round = 0; round < 15; round++)
      await Promise.all(
        tickets.flatMap(ticket => [
          call('ticketComment', { ticketId: ticket.id, text: 'And?' }),
          call('invoiceDraft', { agreementId: agreement.id, lines }),
        ]),
      )
    expect(counts).toEqual({ 'ticketComment done': 30, 'invoiceDraft done': 30 })
  })

  it('never end each other: an invoice is paid while payment is suspended', async () => {
    const { world, customer, admin } = await scene()
    const agreement = await agreementWithFees(customer)
    const invoiceId = await issuedInvoice(admin, agreement)
    // Whoever pays has found the invoice, and is slow to write; whoever suspends has the duty by then, and wants the invoice.
    const letGo = await hold(world, 'lock table payments in share mode')
    const paid = admin.send(
      'mutation ($input: PaymentRecordInput!) { paymentRecord(input: $input) { userErrors { code } } }',
      {
        input: {
          idempotencyKey: randomUUID(),
          ...payment(invoiceId, '106000.00', '2026-04-01T08:00:00+08:00'),
        },
      },
    )
    await sleep(300)
    const suspended = admin.send(
      'mutation ($input: AgreementSuspendInput!) { agreementSuspend(input: $input) { userErrors { code } } }',
      {
        input: {
          idempotencyKey: randomUUID(),
          agreementId: agreement.id,
          scopes: ['PAYMENT'],
          reason: 'moving',
        },
      },
    )
    await sleep(300)
    await letGo()
    expect((await paid).text).toContain('"userErrors":[]')
    expect((await suspended).text).toContain('"userErrors":[]')
  })

  it('a suspension after the deadline, while the sweep looks, waits for it and undoes no miss', async () => {
    const { world, customer, admin } = await scene()
    const agreement = await customer.agreement()
    await done(admin, 'backupPolicySet', { agreementId: agreement.id, dailyAt: '02:30', graceMinutes: 60 })
    await world.freezeClock('2026-04-02T02:30:00+08:00')
    await world.ringDue()
    await world.freezeClock('2026-04-02T03:30:00.001+08:00')
    const letGo = await hold(world, 'select 1 from agreements for update')
    const suspended = admin.mutate('agreementSuspend', {
      agreementId: agreement.id,
      scopes: ['BACKUP'],
      reason: 'moving',
    })
    await sleep(200)
    const rung = world.ringDue()
    await sleep(200)
    await letGo()
    expect((await suspended).userErrors).toEqual([])
    await rung
    expect((await agreement.read('breaches { nodes { number } }')).breaches.nodes).toEqual([{ number: 1 }])
    expect(world.logged.filter(line => line.includes('alarm'))).toEqual([])
  })
})
