import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextOf, mutateStatements, poolOf } from '../kit/connections.js'
import { type Interleaving, interleave } from '../kit/interleaved.js'
import { populate } from '../kit/population.js'
import { findPgbouncer, NO_PGBOUNCER, type Pgbouncer, startPgbouncer } from '../kit/pgbouncer.js'
import { World } from '../kit/world.js'

const TRANSACTIONS = 50_000
const POOL_SIZE = 10
const KILL_EVERY = 100

const program = findPgbouncer()

describe('50,000 interleaved transactions over 10 connections, some killed', () => {
  it('bleed nothing straight to PostgreSQL', async () => {
    await bleedNothing(await World.forTest({ poolSize: POOL_SIZE }))
  })

  it('bleed nothing through pgbouncer in transaction mode', async context => {
    if (!program) return context.skip(NO_PGBOUNCER)
    const { world, pgbouncer } = await pooledWorld(program)
    try {
      await bleedNothing(world)
    } finally {
      await pgbouncer.stop()
      await world.close()
    }
  })
})

describe('the same transactions', () => {
  it.for([
    ['a setting', (sql: string) => sql.replaceAll('set local app.', 'set app.')],
    ['a role', (sql: string) => sql.replaceAll('set local role', 'set role')],
  ] as const)(
    'notice %s that outlives its transaction, through pgbouncer, too',
    async ([, mutation], context) => {
      if (!program) return context.skip(NO_PGBOUNCER)
      const { world, pgbouncer } = await pooledWorld(program)
      try {
        await mutateStatements(world.database, mutation)
        const population = await populate(world)
        const outcome = await interleave(world, world.database, population, { transactions: 500, seed: 6 })
        expect(outcome.wrong).not.toEqual([])
      } finally {
        await pgbouncer.stop()
        await world.close()
      }
    },
  )
})

describe('a server behind pgbouncer in transaction mode', () => {
  let world: World
  let pgbouncer: Pgbouncer
  beforeAll(async () => {
    if (program) ({ world, pgbouncer } = await pooledWorld(program))
  })
  afterAll(async () => {
    await pgbouncer?.stop()
    await world?.close()
  })

  it('brings an agreement in force, from the first customer to its expiry', async context => {
    if (!program) return context.skip(NO_PGBOUNCER)
    const provider = await world.provider()
    const customer = await provider.customer()
    const agreement = await customer.agreement({ termYears: 1, serviceTermYears: 1 })
    expect(await agreement.read('state')).toEqual({ state: 'ACTIVE' })
    const signatory = await customer.signatory()
    expect(
      await signatory.ask('{ agreements { nodes { state currentVersion { clauses { number } } } } }'),
    ).toEqual({
      agreements: { nodes: [{ state: 'ACTIVE', currentVersion: { clauses: expect.any(Array) } }] },
    })
    const { endsAt } = await agreement.read('endsAt')
    await world.setClock(endsAt)
    await world.ringDue()
    expect(await agreement.read('state')).toEqual({ state: 'EXPIRED' })
  })

  it('keeps ten tenants apart who add a hundred customers at once', async context => {
    if (!program) return context.skip(NO_PGBOUNCER)
    const providers = await Promise.all(Array.from({ length: 10 }, (_, n) => world.provider(`many-${n}`)))
    await Promise.all(
      providers.map(async provider => {
        const admin = await provider.admin()
        await Promise.all(
          Array.from({ length: 10 }, (_, n) =>
            admin.mutate('customerCreate', { number: `${provider.slug} ${n}`, name: provider.slug }),
          ),
        )
        const { customers } = await admin.ask('{ customers(first: 100) { totalCount nodes { name } } }')
        expect(customers).toEqual({ totalCount: 10, nodes: Array(10).fill({ name: provider.slug }) })
      }),
    )
  })
})

async function bleedNothing(world: World): Promise<void> {
  const population = await populate(world, { tenants: 20, customersEach: 5, personsEach: 2 })
  const seed = Math.floor(Math.random() * 2 ** 32)
  const startedAt = performance.now()
  const outcome = await interleave(world, world.database, population, {
    transactions: TRANSACTIONS,
    killEvery: KILL_EVERY,
    seed,
  })
  report(outcome, seed, performance.now() - startedAt)
  expect(outcome).toMatchObject({ transactions: TRANSACTIONS, wrong: [], unexpected: [] })
  expect(outcome.killed).toBeGreaterThan(TRANSACTIONS / KILL_EVERY / 2)
  expect(outcome.cut).toBeLessThanOrEqual(outcome.killed)
  const pool = await poolOf(world.database)
  const clients = await Promise.all(Array.from({ length: POOL_SIZE }, () => pool.connect()))
  for (const client of clients) {
    expect(await contextOf(client, new URL(world.appUrl).username, population.tables)).toEqual([])
    client.release()
  }
  expect(pool).toMatchObject({ totalCount: POOL_SIZE, idleCount: POOL_SIZE, waitingCount: 0 })
}

async function pooledWorld(program: string): Promise<{ world: World; pgbouncer: Pgbouncer }> {
  let pgbouncer: Pgbouncer | undefined
  const world = await World.create({
    poolSize: POOL_SIZE,
    pooler: async appUrl => {
      pgbouncer = await startPgbouncer(program, [appUrl])
      return pgbouncer.through(appUrl)
    },
  })
  return { world, pgbouncer: pgbouncer as Pgbouncer }
}

function report({ transactions, killed, cut }: Interleaving, seed: number, ms: number): void {
  console.info(
    `seed ${seed}: ${transactions} transactions in ${Math.round(ms / 1000)} s (${Math.round((transactions / ms) * 1000)}/s), ${killed} connections killed, ${cut} transactions cut off by that`,
  )
}
