import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessTable } from '../../src/rooms.js'
import type { TokenWish } from '../../src/token.js'
import { withForgetfulStatements, withoutPolicy } from '../kit/canary/mutants.js'
import { mutateStatements } from '../kit/connections.js'
import { Noise } from '../kit/interference/noise.js'
import { type Difference, Pair, type PairReport, type Twin } from '../kit/interference/pair.js'
import { APP_SCOPES, Side } from '../kit/interference/side.js'
import type { Caller, Customer } from '../kit/world.js'

/**
 * bars.md, Trust 3: the same operations in two worlds that differ only in who else lives there answer the same, byte for
 * byte. Another seed every time; it's printed, and `INTERFERENCE_SEED=... INTERFERENCE_RUNS=...` goes the same way again.
 */
const SEED = Number(process.env.INTERFERENCE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const ENOUGH_RUNS = 120
const RUNS = Number(process.env.INTERFERENCE_RUNS ?? ENOUGH_RUNS)
/** Fewer fields than this for each operation, and answers were too empty to prove much. */
const FIELDS_PER_OPERATION = 0.3

let quiet: Side
let noisy: Side
let own: { quiet: Customer; noisy: Customer }
let neighbours: Caller
let foreigner: Noise
let pair: Pair
beforeAll(async () => {
  ;[quiet, noisy] = await Promise.all([Side.create(), Side.create()])
  const neighbour = await noisy.world.provider('summit')
  const [here, there] = await Promise.all([quiet, noisy].map(side => side.fill(side.provider, 'zqC1')))
  own = { quiet: here as Customer, noisy: there as Customer }
  foreigner = await Noise.by(await noisy.fill(neighbour, 'zqC1'))
  neighbours = await neighbour.admin()
  pair = await Pair.of(quiet, noisy, await twin('all', { role: ['ADMIN'] }), [neighbours])
})
afterAll(async () => {
  await quiet?.world.close()
  await noisy?.world.close()
})

async function twin(name: string, wish: Partial<TokenWish>): Promise<Twin> {
  return { name, quiet: await quiet.caller(wish), noisy: await noisy.caller(wish) }
}

/** By the number that the customer has now: what was done before may have given it another, the same in both worlds. */
async function customersTwin(name: string, wish: Partial<TokenWish>): Promise<Twin> {
  const [row] = await quiet.world.sqlAsSuperuser<{ number: string }>(
    'select number from customers where id = $1',
    [own.quiet.uuid],
  )
  return twin(name, { customer: row?.number as string, ...wish })
}

/** For the record, whether something differed or not. */
function say({ seed, operations, seconds, answered }: PairReport): number {
  const fields = [...answered.values()].reduce((sum, each) => sum + each, 0)
  process.stdout.write(
    `non-interference: INTERFERENCE_SEED=${seed}, ${operations} operations in each world in ${seconds.toFixed(1)} s, ${fields} fields answered\n`,
  )
  return fields
}

/** What a person needs to see it again. */
function printed(difference: Difference | null): string | null {
  if (!difference) return null
  const { index, who, document } = difference
  return `as ${who}, again by INTERFERENCE_SEED=${SEED} INTERFERENCE_RUNS=${index + 1}\n${document}\nquiet: ${difference.quiet}\nnoisy: ${difference.noisy}`
}

async function compare(noise: readonly Noise[], twins: readonly Twin[]): Promise<void> {
  const before = noise.map(each => each.writes)
  const run = (): Promise<PairReport> => pair.run({ seed: SEED, runs: RUNS, twins })
  const report = await noise.reduce((work, each) => () => each.during(work), run)()
  const fields = say(report)
  expect(printed(report.difference)).toBeNull()
  // Gone again for the first few, to see one difference: that proves nothing else.
  if (RUNS < ENOUGH_RUNS) return
  for (const [index, each] of noise.entries())
    expect(each.writes - (before[index] as number)).toBeGreaterThan(report.operations / 20)
  expect(fields).toBeGreaterThan(FIELDS_PER_OPERATION * report.operations)
}

/** Whether these operations tell the two worlds apart. The pair forgets what it learnt of it. */
async function differ(as: Twin, ...operations: Parameters<Pair['ask']>[1]): Promise<boolean> {
  return (await pair.fork().ask(as, operations)) !== null
}

interface Asked {
  query: string
  variables: Record<string, unknown>
}

const list = (query: string): Asked => ({ query, variables: {} })
const anything = (): boolean => true
const counting = ({ text }: { text: string }): boolean => text.startsWith('select count')

describe("another tenant's being there, full and writing", () => {
  it('changes no byte of what staff and services are answered', async () => {
    const scope = Object.keys(accessTable)
    await compare(
      [foreigner],
      [
        await twin('staff ADMIN', { role: ['ADMIN'] }),
        await twin('staff AGENT', { role: ['AGENT'] }),
        await twin('staff FINANCE', { role: ['FINANCE'] }),
        await twin('staff AUDITOR', { role: ['AUDITOR'] }),
        await twin('a service', { service: 'agent', scope }),
      ],
    )
  }, 300_000)

  it.each([
    ['its rows, were there neither wall nor condition', '{ customers { nodes { id } } }', anything],
    ['their number, were it counted over all', '{ customers { totalCount } }', counting],
  ])('would be told by %s: the comparison sees it', async (_what, document, forgetful) => {
    const auditor = await twin('staff AUDITOR', { role: ['AUDITOR'] })
    expect(await differ(auditor, list(document))).toBe(false)
    const found = await withoutPolicy(noisy.world, 'customers', 'tenant_wall', () =>
      withForgetfulStatements(forgetful, () => differ(auditor, list(document))),
    )
    expect(found).toBe(true)
  })
})

describe("another customer's being there, full and writing", () => {
  let member: Twin
  let other: Noise
  beforeAll(async () => {
    const customer = await noisy.fill(noisy.provider, 'zqC2')
    other = await Noise.by(customer)
    member = await customersTwin("a customer's MEMBER", { role: ['MEMBER'] })
    // From here on the other customer is a stranger, whose ids are tried as well.
    pair = await Pair.of(quiet, noisy, member, [neighbours, await customer.signatory()])
  })

  it("changes no byte of what a customer's users, its service and its app are answered", async () => {
    const apps = await Promise.all([quiet.authorize(own.quiet), noisy.authorize(own.noisy)])
    const scope = [...APP_SCOPES]
    const purpose = 'SUPPORT_PORTAL' as const
    const app: Twin = {
      name: 'an app',
      quiet: await quiet.caller({ app: apps[0].clientId, scope, purpose }),
      noisy: await noisy.caller({ app: apps[1].clientId, scope, purpose }),
      isApp: true,
    }
    const service = await twin('its service', {
      ...{ service: 'its agent', scope: Object.keys(accessTable), customer: own.quiet.number },
    })
    const signatory = await customersTwin("a customer's SIGNATORY", { role: ['SIGNATORY'] })
    await compare([foreigner, other], [member, signatory, service, app])
  }, 300_000)

  it('would be told by its rows, were the customer wall gone: the comparison sees it', async () => {
    const tickets = list('{ tickets { totalCount nodes { id subject } } }')
    expect(await differ(member, tickets)).toBe(false)
    const found = await withoutPolicy(noisy.world, 'tickets', 'customer_wall', () => differ(member, tickets))
    expect(found).toBe(true)
  })

  it('would be told by its haste, were tickets numbered by one counter for all: the comparison sees it', async () => {
    const agreementId = (await own.quiet.agreement()).id
    await own.noisy.agreement()
    const report = (): Asked => ({
      query:
        'mutation ($input: TicketReportInput!) { ticketReport(input: $input) { ticket { number } userErrors { code } } }',
      variables: {
        input: { idempotencyKey: randomUUID(), agreementId, kind: 'FAULT', subject: 'No answers' },
      },
    })
    // What both have made since is named first.
    const newest = list('{ agreements(first: 1) { nodes { id } } }')
    const reports = [newest, report(), report(), report()]
    expect(await other.during(() => differ(member, ...reports))).toBe(false)
    const restores = await Promise.all([quiet, noisy].map(countForAll))
    const found = await other.during(() => differ(member, newest, report(), report(), report()))
    for (const restore of restores) restore()
    expect(found).toBe(true)
  })
})

/** Numbers come from one sequence of the database, as many an application has it. */
async function countForAll({ world }: Side): Promise<() => void> {
  await world.sqlAsSuperuser('create sequence numbers_of_all start 1000')
  await world.sqlAsSuperuser('grant usage on sequence numbers_of_all to surety_app')
  return mutateStatements(world.database, sql =>
    sql.startsWith('insert into agreement_numbers')
      ? `select wanted.id, nextval('numbers_of_all')::int as last
         from unnest($3::uuid[], $4::uuid[], $5::int[]) as wanted (id), (select $1::uuid, $2::text) as ignored`
      : sql,
  )
}
