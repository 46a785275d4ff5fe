import { afterAll, beforeAll, expect, it } from 'vitest'
import { inspectEndpoint } from '../../src/events/webhook-tidying.js'
import { openSecret } from '../../src/events/webhook-signing.js'
import { Seals } from '../../src/persistence/index.js'
import { GuardedFetch } from '../../src/platform/guarded-fetch.js'
import { accessTable, disclosureGate } from '../../src/rooms.js'
import { makeHistory } from '../kit/history.js'
import { Metrics } from '../kit/metrics.js'
import { Receiver } from '../kit/receiver.js'
import { type AgreementHandle, type Caller, type Provider, World } from '../kit/world.js'

const TOKEN = 'a-token-of-operators'
let world: World
let provider: Provider
let agreement: AgreementHandle
let admin: Caller
beforeAll(async () => {
  world = await World.create({ privateHosts: ['127.0.0.1'], metricsToken: TOKEN })
  provider = await world.provider()
  agreement = await (await provider.customer()).agreement()
  admin = await provider.admin()
})
afterAll(() => world.close())

it('metrics count attempts by outcome and say how old the oldest is that waits, and name no endpoint', async () => {
  const before = await Metrics.read(world.address, TOKEN)
  const [good, bad] = [await Receiver.for(admin), await Receiver.for(admin)]
  bad.answers(500)
  await makeHistory(world, agreement, 3)
  await world.deliverWebhooks()
  const after = await Metrics.read(world.address, TOKEN)
  const counted = (outcome: string): number =>
    after.sum('surety_webhook_attempts_total', { outcome }) -
    before.sum('surety_webhook_attempts_total', { outcome })
  expect([counted('delivered'), counted('STATUS')]).toEqual([3, 1])
  expect(after.sum('surety_webhook_oldest_undelivered_seconds')).toBeGreaterThan(0)
  expect(after.sum('surety_webhook_endpoints_delivering')).toBe(0)
  for (const told of [good.url, good.endpointId.slice(4), provider.tenantId, provider.slug])
    expect(after.text).not.toContain(told)
})

it('a day after a new master key its secrets are sealed by that, and the old one may go', async () => {
  const receiver = await Receiver.for(admin)
  const id = receiver.endpointId.slice(4)
  const fresh = Seals.newMasterKey()
  const { database, directory } = world
  const gate = disclosureGate(database)
  const seals = new Seals(`${fresh},${world.masterKey}`)
  const parts = { database, directory, gate, seals, access: accessTable, outside: new GuardedFetch() }
  await inspectEndpoint(parts, provider.tenantId, id)
  const [row] = await world.sqlAsSuperuser<{ sealed_secret: string }>(
    'select sealed_secret from webhook_endpoints where id = $1',
    [id],
  )
  expect(openSecret(new Seals(fresh), id, row?.sealed_secret ?? '')).toBe(receiver.secret)
  expect(openSecret(new Seals(world.masterKey), id, row?.sealed_secret ?? '')).toBeNull()
})
