import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Court } from '../breaches/kit.js'
import { done } from '../kit/done.js'
import { cny } from '../invoices/kit.js'
import { readmeProgram } from '../kit/readme.js'
import { until } from '../kit/subscriber.js'
import { TcpProxy } from '../kit/tcp-proxy.js'
import type { AgreementHandle } from '../kit/world.js'

const DAY_HOURS = 24
let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court.world.close())

describe('the subscriber that README shows', () => {
  it('misses nothing through cuts, tokens that run out, and a place that is too old', async () => {
    const { follow } = await readmeProgram('follow.mjs')
    const agreement = await court.agreement()
    const proxy = await TcpProxy.to(court.world.address)
    let over = false
    const told: { id: string; breach: { id: string } }[] = []
    const place = { at: (await court.admin.ask('{ eventCursor }')).eventCursor as string | null }
    let tokens = 0
    let readAnew = 0
    const following = follow({
      url: `ws://127.0.0.1:${proxy.port}/graphql`,
      // Each is good for two seconds.
      token: async () => {
        tokens += 1
        return court.world.token({ tenant: court.provider.slug, role: ['ADMIN'], ttl: 2 })
      },
      place: {
        load: async () => place.at,
        save: async (cursor: string) => {
          place.at = cursor
        },
      },
      handle: async (event: (typeof told)[number]) => void told.push(event),
      readAnew: async () => void (readAnew += 1),
      isOver: () => over,
    })
    onTestFinished(async () => {
      over = true
      await proxy.close()
      await following
    })
    for (let round = 0; round < 5; round += 1) {
      await court.missed(agreement, 1)
      if (round % 2 === 0) {
        await proxy.cut()
        await proxy.restore()
      }
      await until(() => told.length > round / 2)
    }
    const breaches = await court.breaches(agreement)
    await until(() => new Set(told.map(each => each.breach.id)).size === breaches.length, 10_000)
    await until(() => tokens > 3, 10_000)
    expect(new Set(told.map(each => each.id)).size).toBe(told.length)

    // Away for a quarter: what it held its place for is gone.
    await proxy.cut()
    await court.missed(agreement, 1)
    await court.pass(91 * DAY_HOURS)
    await court.missed(agreement, 1)
    await proxy.restore()
    await until(() => readAnew > 0, 10_000)
    const last = (await court.breaches(agreement)).at(-1)
    await until(() => told.some(each => each.breach.id === last?.id), 10_000)
    expect(readAnew).toBe(1)
  })
})

describe('the loop of an ERP that README shows', () => {
  /** Books that keep what they were given even when what gave it dies, as a database does. */
  class Books {
    readonly entries = new Map<string, bigint>()
    at: string | null = null
    added = 0
    /** How many steps the program does before it dies. */
    dies = Number.POSITIVE_INFINITY

    place = async (): Promise<string | null> => this.at
    keepPlace = async (cursor: string): Promise<void> => {
      this.#step()
      this.at = cursor
    }
    add = async (key: string, { amount }: { amount: string }): Promise<void> => {
      this.#step()
      this.added += 1
      const minor = BigInt(amount.replace('.', ''))
      if ((this.entries.get(key) ?? minor) !== minor) throw new Error(`${key} is two amounts`)
      this.entries.set(key, minor)
    }

    get sum(): bigint {
      return [...this.entries.values()].reduce((sum, each) => sum + each, 0n)
    }

    #step(): void {
      this.dies -= 1
      if (this.dies < 0) throw new Error('the ERP died')
    }
  }

  const ask = (query: string, variables: object) => court.admin.send(query, variables)

  /** What the API says is owed: the totals of what was agreed. */
  async function owed(): Promise<bigint> {
    const { assessments } = await court.admin.ask(
      '{ assessments(first: 100, filter: { state: [AGREED, SETTLED] }) { totalCount nodes { total { amount } } } }',
    )
    expect(assessments.totalCount).toBeLessThan(100)
    return (assessments.nodes as { total: { amount: string } }[]).reduce(
      (sum, { total }) => sum + BigInt(total.amount.replace('.', '')),
      0n,
    )
  }

  async function agree(agreement: AgreementHandle, amount: string): Promise<string> {
    const assessmentId = (await court.missed(agreement, 1)).at(-1)?.assessment.id as string
    const loss = { assessmentId, loss: cny('5000.00'), evidence: 'Books' }
    await done(court.signatory, 'lossClaimFile', loss)
    const agreed = { assessmentId, ...(amount ? { amount: cny(amount) } : {}) }
    for (const side of [court.admin, court.signatory]) await done(side, 'assessmentAgree', agreed)
    return assessmentId
  }

  it('ends with the sum that the API has, whatever it got twice, missed, or died of', async () => {
    const { bookCredits } = await readmeProgram('book-credits.mjs')
    const books = new Books()
    const agreement = await court.agreement()
    const places: (string | null)[] = [null]
    for (let round = 0; round < 6; round += 1) {
      const assessmentId = await agree(agreement, `${1_000 + round * 7}.${10 + round}`)
      // What is done about it later: it's paid, or falls because its breach proves to be none.
      if (round === 1) await done(court.signatory, 'assessmentSettle', { assessmentId, evidence: 'Slip 9' })
      if (round === 4) await withdraw(agreement)
      // It dies after some steps, and later begins where it last stood, or further back.
      books.dies = round
      await bookCredits({ ask, books }).catch((error: Error) => expect(error.message).toBe('the ERP died'))
      books.dies = Number.POSITIVE_INFINITY
      places.push(books.at)
      if (round % 2 === 1) books.at = places[Math.floor(places.length / 2)] ?? null
    }
    await bookCredits({ ask, books })
    expect(books.sum).toBe(await owed())
    expect(books.added).toBeGreaterThan(books.entries.size)
    // Away for longer than events are kept: it reads what there is, and goes on.
    await agree(agreement, '77.77')
    await court.pass(91 * DAY_HOURS)
    await agree(agreement, '88.88')
    await bookCredits({ ask, books })
    expect(books.sum).toBe(await owed())
    expect(books.sum).toBeGreaterThan(0n)
    const before = books.added
    await bookCredits({ ask, books })
    expect(books.added).toBe(before)
  })

  /** The newest breach proves to be none: its duty had been done in time. */
  async function withdraw(agreement: AgreementHandle): Promise<void> {
    const breach = (await court.breaches(agreement)).at(-1)
    const { node } = await court.admin.ask(
      'query ($id: ID!) { node(id: $id) { ... on Breach { obligation { id startedAt } } } }',
      { id: breach?.id },
    )
    const { id: obligationId, startedAt } = node.obligation
    const occurredAt = new Date(Date.parse(startedAt) + 60_000).toISOString()
    await done(court.admin, 'factCorrect', {
      obligationId,
      fact: 'STOPPED',
      occurredAt,
      evidence: 'Call log',
    })
  }
})
