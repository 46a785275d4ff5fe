import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { statement, systemSession } from '../../src/persistence/index.js'
import { holdTable, waitingFor } from '../kit/hold.js'
import { type Caller, type Provider, World } from '../kit/world.js'

/** Less than any of the waits below, more than a change takes. */
const TRANSACTION_MS = 1_000
const pause = statement('test_deadline_pause', 'select pg_sleep($1)')

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create({ transactionMs: TRANSACTION_MS })
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

it('a view that has lasted too long reads no further, and says what a reader can do', async () => {
  const reads = world.database.read(systemSession(provider.tenantId))
  await reads.rows(pause, [TRANSACTION_MS / 1000 + 0.05])
  await expect(reads.rows(pause, [0])).rejects.toMatchObject({ code: 'TIMEOUT', messageKey: 'READ_TIMEOUT' })
  reads.close()
})

it('a change that has lasted too long is undone, and so are told those behind it', async () => {
  const create = (key: string, number: string) =>
    `${key}: customerCreate(input: { idempotencyKey: "${randomUUID()}", number: "${number}", name: "Late" }) { customer { number } userErrors { code } }`
  const release = await holdTable(world, 'customers')
  const answer = admin.send(`mutation { ${create('first', 'LATE-1')} ${create('second', 'LATE-2')} }`)
  await waitingFor(world, 'customers', 1)
  await sleep(TRANSACTION_MS + 100)
  await release()
  const { errors = [] } = await answer
  expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['first'], 'TIMEOUT'],
    [['second'], 'TIMEOUT'],
  ])
  for (const { message } of errors) expect(message).toContain('nothing of it was done')
  const found = await world.sqlAsSuperuser(`select 1 from customers where number like 'LATE-%'`)
  expect(found).toEqual([])
})

it('one in time is not touched by it', async () => {
  const { data, errors } = await admin.send('{ customers { nodes { number } } }')
  expect([errors, data]).toEqual([undefined, { customers: { nodes: [] } }])
})
