import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ReadTransaction, statement } from '../../src/persistence/index.js'
import { newUuid } from '../../src/platform/ids.js'
import { type Provider, World } from '../kit/world.js'

const customers = statement('test_customers', 'select id from customers')
const session = statement(
  'test_session',
  `select current_setting('app.kind') as kind, current_setting('app.app_id') as app, current_setting('app.tenant_id') as tenant`,
)
const broken = statement('test_broken', 'select 1 / 0')

let world: World
let provider: Provider
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  await provider.customer()
})
afterAll(() => world.close())

const appId = newUuid()
async function asApp(work: (reads: ReadTransaction) => Promise<void>): Promise<void> {
  const reads = world.database.read({
    kind: 'app',
    tenantId: provider.tenantId,
    customerId: null,
    appId,
    grants: [],
  })
  try {
    await work(reads)
  } finally {
    reads.close()
  }
}

describe('a statement that is seen as Surety sees it', () => {
  it('is the only one that is: before and after it the app sees nothing', () =>
    asApp(async reads => {
      expect(await reads.rows(customers)).toEqual([])
      expect(await reads.rowsAsSurety(customers, [])).toHaveLength(1)
      expect(await reads.rows(customers)).toEqual([])
      expect(await reads.rows(session)).toEqual([{ kind: 'app', app: appId, tenant: provider.tenantId }])
    }))

  it('lets none of the statements that are sent at the same time look through its walls', () =>
    asApp(async reads => {
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          index % 2 === 0 ? reads.rows(customers) : reads.rowsAsSurety(customers, []),
        ),
      )
      expect(found.map(rows => rows.length)).toEqual(found.map((_, index) => index % 2))
    }))

  it('ends the transaction when it fails: nothing is read with what it left behind', () =>
    asApp(async reads => {
      await expect(reads.rowsAsSurety(broken, [])).rejects.toThrow(/division by zero/)
      await expect(reads.rows(customers)).rejects.toThrow(/aborted/)
    }))

  it('stays within its tenant', () =>
    asApp(async reads => {
      const seen = await reads.rowsAsSurety(session, [])
      expect(seen).toEqual([{ kind: 'system', app: '', tenant: provider.tenantId }])
    }))
})
