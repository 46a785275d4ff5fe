import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Compiled, compiled } from '../kit/compiled.js'
import { Fleet } from '../kit/deadlines/fleet.js'
import { makeHistory } from '../kit/history.js'
import { SuretyProcess } from '../kit/process.js'
import { accept, Receiver } from '../kit/receiver.js'
import { type AgreementHandle, type Caller, World } from '../kit/world.js'

/** bars.md, Trust 15 and 10: what arrives, whoever dies. */
const ENDPOINTS = 10
const EVENTS = 1_000
/** Within the two seconds or so that a thousand take. */
const KILL_EVERY_MS = 1_000
const KILLS = 4
/** Four leases of 30 s, one after the other, and what is to be sent. */
const PATIENCE_MS = 5 * 60_000
const LISTED = { PRIVATE_HOSTS: '127.0.0.1' }

let program: Compiled
let world: World
let agreement: AgreementHandle
let admin: Caller
beforeAll(async () => {
  program = compiled()
  world = await World.create({ privateHosts: ['127.0.0.1'] })
  const provider = await world.provider()
  agreement = await (await provider.customer()).agreement()
  admin = await provider.admin()
})
afterAll(async () => {
  await world.close()
  program.remove()
})

async function journalAfter(count: number): Promise<string[]> {
  const { tenantId } = agreement.customer.provider
  const rows = await world.sqlAsSuperuser<{ id: string }>(
    `select 'evt_' || id as id from (select id, sequence from events where tenant_id = $1 order by sequence desc limit $2) as newest order by sequence`,
    [tenantId, count],
  )
  return rows.map(({ id }) => id)
}

describe(`${ENDPOINTS * EVENTS} deliveries by workers of which one after the other is killed (-9)`, () => {
  const receivers: Receiver[] = []
  it('arrive, every one, in order but for what comes again with its id', async () => {
    for (let each = 0; each < ENDPOINTS; each++) {
      const receiver = await Receiver.for(admin, {}, close => void afterAll(close))
      receiver.answer = (response, arrival, request) =>
        void setTimeout(() => accept(response, arrival, request), 2)
      receivers.push(receiver)
    }
    await makeHistory(world, agreement, EVENTS)
    const expected = await journalAfter(EVENTS)
    const fleet = await Fleet.start(program.cli, world, 2, LISTED)
    try {
      for (let kills = 0; kills < KILLS; kills++) {
        await sleep(KILL_EVERY_MS)
        await fleet.killOne()
      }
      await vi.waitFor(
        () => {
          const behind = receivers.filter(({ ids }) => new Set(ids).size < EVENTS)
          if (behind.length > 0)
            throw new Error(`${behind.map(({ ids }) => new Set(ids).size).join()} arrived`)
        },
        { timeout: PATIENCE_MS, interval: 500 },
      )
    } finally {
      await fleet.stop()
    }
    let repeated = 0
    for (const { ids } of receivers) {
      expect([...new Set(ids)]).toEqual(expected)
      repeated += ids.length - EVENTS
    }
    process.stdout.write(
      `webhooks: ${ENDPOINTS * EVENTS} arrived, ${repeated} of them again after ${KILLS} kills\n`,
    )
    // A batch for each endpoint that a victim had, at most.
    expect(repeated).toBeLessThanOrEqual(KILLS * ENDPOINTS * 50)
  })

  it('are genuine to the official library, and not once anything of them is changed', () => {
    let tampered = 0
    for (const { arrivals, secret } of receivers) {
      const library = new Webhook(secret)
      for (const { text, headers } of arrivals) {
        expect(library.verify(text, headers)).toEqual(JSON.parse(text))
        const at = Math.floor(Math.random() * text.length)
        const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
        const late = String(Number(headers['webhook-timestamp']) + 1)
        for (const [body, other] of [
          [flipped, {}],
          [text, { 'webhook-id': `${headers['webhook-id']}0` }],
          [text, { 'webhook-timestamp': late }],
        ] as const) {
          expect(() => library.verify(body, { ...headers, ...other })).toThrow()
          tampered += 1
        }
      }
    }
    expect(tampered).toBeGreaterThanOrEqual(3 * ENDPOINTS * EVENTS)
  })
})

describe('a worker that is told to stop', () => {
  it('ends within ten seconds, also where a receiver never answers, and nothing arrives twice or is left out', async () => {
    const [steady, silent] = [await Receiver.for(admin), await Receiver.for(admin)]
    steady.answer = (response, arrival, request) =>
      void setTimeout(() => accept(response, arrival, request), 50)
    silent.answer = () => undefined
    await makeHistory(world, agreement, 40)
    const expected = await journalAfter(40)
    const first = await SuretyProcess.start(program.cli, world, { role: 'worker', env: LISTED })
    await steady.has(5)
    await silent.has(1)
    const toldAt = performance.now()
    first.signal('SIGTERM')
    const { code, at } = await first.ended
    expect(code).toBe(0)
    expect(at - toldAt).toBeLessThan(10_000)
    silent.answer = accept
    const second = await SuretyProcess.start(program.cli, world, { role: 'worker', env: LISTED })
    try {
      await steady.has(40)
      await silent.has(41)
    } finally {
      await second.stop()
    }
    expect(steady.ids).toEqual(expected)
    expect(silent.ids).toEqual([expected[0], ...expected])
  })
})
