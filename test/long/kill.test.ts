import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/persistence/embedded-postgres.js'
import { uuidOf } from '../../src/platform/ids.js'
import { type Compiled, compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { until } from '../kit/subscriber.js'
import { TcpProxy } from '../kit/tcp-proxy.js'
import { type AgreementHandle, type Caller, World } from '../kit/world.js'

const WRITERS = 8
/** Between two killings: some tens of writes are under way in each. */
const BETWEEN_MS = 2_500
/** What is killed (-9), one after the other: a process of ours, all of PostgreSQL, one of its sessions. */
const VICTIMS = ['app', 'postgres', 'app', 'session', 'postgres', 'app', 'session', 'postgres'] as const
/** After PostgreSQL is there again, its clients are served within so long. */
const BACK_WITHIN_MS = 10_000

let program: Compiled
let dataDir: string
let postgres: EmbeddedPostgres
let proxy: TcpProxy
let world: World
let agreement: AgreementHandle
let admin: Caller
let apps: SuretyProcess[]
beforeAll(async () => {
  program = compiled()
  dataDir = mkdtempSync(join(tmpdir(), 'surety-kill-'))
  // With what makes a commit safe (fsync, synchronous_commit, full_page_writes) as PostgreSQL has it: on.
  postgres = await startEmbeddedPostgres({ dataDir })
  proxy = await TcpProxy.to(postgres.superuserUrl)
  world = await World.create({ superuserUrl: proxy.through(postgres.superuserUrl), poolSize: 3 })
  const provider = await world.provider()
  admin = await provider.admin()
  agreement = await (await provider.customer()).agreement()
  apps = await Promise.all([startApp(), startApp()])
})
afterAll(async () => {
  await Promise.all((apps ?? []).map(app => app.stop()))
  await world?.close()
  await proxy?.close()
  await postgres?.stop()
  rmSync(dataDir, { recursive: true, force: true })
  program?.remove()
})

const startApp = (): Promise<SuretyProcess> =>
  SuretyProcess.start(program.cli, world, {
    env: { REQUEST_RATE: '1000000', COST_RATE: '1000000000', LOG_LEVEL: 'info' },
  })

const REPORT = `mutation ($input: TicketReportInput!) { ticketReport(input: $input) { ticket { id } userErrors { code } } }`

/** Sends one change; answers the ticket's id once it's acknowledged, null while nobody knows what became of it. */
async function report(key: string): Promise<string | null> {
  const { address } = apps[Math.floor(Math.random() * apps.length)] as SuretyProcess
  const input = { agreementId: agreement.id, kind: 'FAULT', subject: 'Down', idempotencyKey: key }
  try {
    const response = await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ query: REPORT, variables: { input } }),
      signal: AbortSignal.timeout(15_000),
    })
    const { data, errors } = (await response.json()) as {
      data?: { ticketReport: { ticket: { id: string }; userErrors: unknown[] } | null }
      errors?: unknown[]
    }
    if (errors || !data?.ticketReport) return null
    expect(data.ticketReport.userErrors).toEqual([])
    return data.ticketReport.ticket.id
  } catch (error) {
    if ((error as Error).name === 'AssertionError') throw error
    return null
  }
}

/** Kills one, as nobody ever stops a program; whoever supervises it starts it again. Answers how long nobody was served. */
async function kill(victim: (typeof VICTIMS)[number], turn: number): Promise<number> {
  if (victim === 'app') {
    await (apps[turn % 2] as SuretyProcess).stop()
    apps[turn % 2] = await startApp()
    return 0
  }
  if (victim === 'session') {
    const [session] = await world.sqlAsSuperuser<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'surety' and datname = current_database() order by random() limit 1`,
    )
    // PostgreSQL ends all other sessions with it, and recovers by itself.
    process.kill((session as { pid: number }).pid, 'SIGKILL')
  } else {
    const [postmaster] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(postmaster), 'SIGKILL')
    await postgres.stop()
    postgres = await startEmbeddedPostgres({ dataDir })
    proxy.aim(postgres.superuserUrl)
  }
  const at = performance.now()
  await until(async () => (await report(randomUUID()).then(id => id && extra.push(id))) !== null, 30_000)
  return performance.now() - at
}
/** Tickets that only asked whether somebody is served again. */
const extra: string[] = []

describe('a process of ours and PostgreSQL, killed under load', () => {
  it('lose no acknowledged write, leave none by half, make none twice, and serve again without a hand', async () => {
    const acknowledged = new Map<string, string>()
    let unknown = 0
    let over = false
    const writers = Array.from({ length: WRITERS }, async () => {
      while (!over) {
        const key = randomUUID()
        for (let id = await report(key); ; id = await report(key)) {
          if (id !== null) {
            acknowledged.set(key, id)
            break
          }
          unknown += 1
          await sleep(50 + Math.random() * 100)
        }
      }
    })
    const gone: number[] = []
    for (const [turn, victim] of VICTIMS.entries()) {
      await sleep(BETWEEN_MS)
      gone.push(await kill(victim, turn))
    }
    await sleep(BETWEEN_MS)
    over = true
    await Promise.all(writers)
    console.info(
      `${acknowledged.size} writes acknowledged, ${unknown} answers that never came, served again after ${gone.map(Math.round).join(', ')} ms`,
    )
    expect(acknowledged.size).toBeGreaterThan(200)
    expect(unknown).toBeGreaterThan(0)
    expect(Math.max(...gone)).toBeLessThan(BACK_WITHIN_MS)
    for (const { address } of apps) expect((await fetch(`${address}/readyz`)).status).toBe(200)

    const ids = [...acknowledged.values()]
    expect(new Set(ids).size).toBe(ids.length)
    const tickets = await world.sqlAsSuperuser<TicketRow>(WHOLE)
    const stored = new Set(tickets.map(({ id }) => id))
    expect(ids.filter(id => !stored.has(uuidOf('tkt', id) as string))).toEqual([])
    // Each key's change was made once, and of the last that only asked at most one without an answer.
    expect(tickets.length).toBeGreaterThanOrEqual(ids.length + extra.length)
    expect(tickets.filter(({ whole }) => !whole)).toEqual([])
    const keys = await world.sqlAsSuperuser<{ times: number }>(
      `select count(*)::int as times from idempotency_keys where mutation = 'ticketReport'`,
    )
    expect(keys).toEqual([{ times: tickets.length }])
    const [journal] = await world.sqlAsSuperuser(
      `select count(*)::int as count, max(sequence)::int as newest, (select sequence::int from event_heads where tenant_id = e.tenant_id) as head
       from events e group by tenant_id`,
    )
    expect(journal).toEqual({ count: journal?.count, newest: journal?.count, head: journal?.count })
  })
})

interface TicketRow {
  id: string
  whole: boolean
}

/** Each ticket, and whether all that is made with it is there, once: two duties with their beginnings and alarms, three events, its history. */
const WHOLE = `select t.id,
    (select count(*) from obligations o where o.tenant_id = t.tenant_id and o.subject_id = t.id) = 2
    and (select count(*) from obligations o join obligation_clock_events c on c.tenant_id = o.tenant_id and c.obligation_id = o.id
         where o.tenant_id = t.tenant_id and o.subject_id = t.id and c.type = 'STARTED') = 2
    and (select count(*) from obligations o join alarms a on a.tenant_id = o.tenant_id and a.subject_id = o.id and a.kind = 'obligation.due'
         where o.tenant_id = t.tenant_id and o.subject_id = t.id) = 2
    and (select count(*) from events e where e.tenant_id = t.tenant_id and e.subject_id = t.id and e.type = 'ticket.reported') = 1
    and (select count(*) from obligations o join events e on e.tenant_id = o.tenant_id and e.subject_id = o.id and e.type = 'obligation.started'
         where o.tenant_id = t.tenant_id and o.subject_id = t.id) = 2
    and (select count(*) from ticket_acts a where a.tenant_id = t.tenant_id and a.ticket_id = t.id) = 1 as whole
  from tickets t order by number`
