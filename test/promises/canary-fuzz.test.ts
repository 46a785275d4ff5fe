import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statement, systemSession } from '../../src/persistence/index.js'
import { buildSchema } from '../../src/rooms.js'
import { BothExecutors } from '../kit/both-executors.js'
import type { Attacker } from '../kit/canary/attackers.js'
import { type Canary, CanaryBook } from '../kit/canary/canaries.js'
import { readOtherTables } from '../kit/canary/catalogue.js'
import {
  attack,
  type Finding,
  type FuzzReport,
  LISTENING,
  printFinding,
  printReport,
} from '../kit/canary/fuzz.js'
import { listFields, pageThrough, rowsOf } from '../kit/canary/lists.js'
import {
  withForgetfulStatements,
  withoutGrant,
  withoutPolicy,
  withSharedDeliveries,
} from '../kit/canary/mutants.js'
import { type Fault, judge, readAnswer } from '../kit/canary/oracle.js'
import { UNPLANTED } from '../kit/canary/planting.js'
import { CanaryWorld } from '../kit/canary/world.js'
import { Caller } from '../kit/world.js'
import { KEPT_FOR } from './kit/api-lists.js'

/**
 * bars.md, Trust 2: random operations, made from the schema as it's built, in a world where every cell of everybody else
 * is a canary. Another seed every time; it's printed, and `CANARY_SEED=... CANARY_RUNS=...` goes the same way again (the
 * documents are the same to the letter but for ids, which every world has its own of).
 */
const SEED = Number(process.env.CANARY_SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = Number(process.env.CANARY_RUNS ?? 2_000)
/** Fewer than this and an attacker saw next to nothing of what it may see: then it proves next to nothing. */
const ENOUGH_SEEN = 100
/** Frames that an attacker has to have got, of those that it may. */
const ENOUGH_HEARD = 20
/** Far more than any mutant needs to show itself: on average a few hundred. */
const MUTANT_RUNS = 20_000
/** What a mutant is given that shows itself in frames: few operations, and many turns of those who work; and how often. */
const HEARING_RUNS = 80
const HEARING_TURN = 10
const HEARINGS = 10
/** Past any machine: with nothing else to do two cores take half a minute for the longest, and a busy one ten times that. */
const TIME_LIMIT_MS = 600_000

/** Its queries and frames show beside it that the compiled executor answers as graphql-js does. */
const executors = new BothExecutors()
let world: CanaryWorld
beforeAll(async () => {
  world = await CanaryWorld.create(SEED, { execute: executors.execute })
}, TIME_LIMIT_MS)
afterAll(() => world?.close())

const attacker = (name: string): Attacker => {
  const found = world.attackers.find(each => each.name.includes(name))
  if (!found) throw new Error(`there is no attacker ${name}`)
  return found
}
const sorted = (texts: Iterable<string>): string[] => [...texts].sort()

describe('the canaries', () => {
  it('stand in every text, json and number of another tenant, but for a list of cells with a reason each', () => {
    const covered = world.planted.covered.get('foreign')
    const bare = [...world.planted.cells].filter(cell => !covered?.has(cell))
    expect(sorted(bare)).toEqual(sorted(Object.keys(UNPLANTED)))
  })

  it("stand in the same cells of the tenant's other customer, and of the attackers' own", () => {
    const tables = world.tables.filter(table => table.customerColumn !== null)
    for (const group of ['other', 'own'] as const) {
      const bare = tables.flatMap(table =>
        table.columns
          // A foreign key is somebody else's id, registered where that stands; one bit is no canary.
          .filter(column => column.name === 'id' || !(column.isKey || column.type === 'uuid'))
          .map(column => `${table.name}.${column.name}`)
          .filter(cell => !(cell in UNPLANTED) && !hasCanary(world, group, cell)),
      )
      expect(bare, group).toEqual([])
    }
  })

  it("leave out no table but the deployment's own", async () => {
    expect(await readOtherTables(world.world)).toEqual([
      'clock_shift',
      'directory_state',
      'migrations',
      'signing_keys',
    ])
  })
})

describe('random operations', { timeout: TIME_LIMIT_MS }, () => {
  it('bring out nothing of another tenant, of another customer, or of anybody who did not authorise an app', async () => {
    const queries = Object.keys(buildSchema().getQueryType()?.getFields() ?? {})
    const unanswered = ({ answered }: FuzzReport): string[] => queries.filter(name => !answered.has(name))
    const seeing = world.attackers.filter(each => each.sees !== 'nothing').map(each => each.name)
    const owners = seeing.filter(name => !/AGENT|FINANCE|OPERATOR|AUDITOR|MEMBER/.test(name))
    const unsent = ({ webhooks }: FuzzReport): string[] =>
      owners.filter(name => (webhooks.get(name) ?? 0) < ENOUGH_HEARD)
    const deaf = ({ frames }: FuzzReport): string[] =>
      seeing.filter(name => (frames.get(name) ?? 0) < ENOUGH_HEARD)
    const until = (so: FuzzReport): boolean =>
      so.unasked.length + unanswered(so).length + deaf(so).length === 0
    // A replay that stops at a finding needn't reach everything.
    const reachesAll = RUNS >= 2_000
    const options = { seed: SEED, runs: RUNS, listening: true, ...(reachesAll ? { until } : {}) }
    const report = await attack(world, options)
    process.stdout.write(`${printReport(report)}\n`)
    expect(report.findings.map(finding => printFinding(SEED, finding))).toEqual([])
    if (!reachesAll) return
    expect(report.unasked, 'fields, arguments and inputs that no operation asked for').toEqual([])
    expect(seeing.filter(name => (report.seen.get(name) ?? 0) < ENOUGH_SEEN)).toEqual([])
    expect(deaf(report)).toEqual([])
    expect(unsent(report), 'whose endpoints were sent next to nothing').toEqual([])
    expect(unanswered(report)).toEqual([])
  })

  it('are answered alike by the compiled executor and by graphql-js', () => {
    expect(executors.compared).toBeGreaterThan(RUNS / 3)
    expect(executors.differences.slice(0, 5)).toEqual([])
  })

  it("leave every list with exactly the caller's rows, shown and counted", async () => {
    expect(await wrongLists()).toEqual([])
  })
})

/** One wall, or one statement, broken on purpose: the fuzz has to say so. Others are broken in test/long. */
describe('the fuzz finds', { timeout: TIME_LIMIT_MS }, () => {
  const findings = async (who: Attacker, sought: (fault: Fault) => boolean): Promise<Finding[]> =>
    (await attack(world, { seed: 1, runs: MUTANT_RUNS, attackers: [who], sought })).findings
  /** Until one who listens is told what is sought. */
  const heard = async (
    attackers: readonly Attacker[],
    sought: (fault: Fault) => boolean,
  ): Promise<Finding[]> => {
    const all: Finding[] = []
    for (let seed = 1; seed <= HEARINGS && !all.some(sought); seed++) {
      const options = { seed, runs: HEARING_RUNS, turnEvery: HEARING_TURN, listening: true, attackers }
      const { findings: found } = await attack(world, options)
      all.push(...found.filter(each => each.attacker.endsWith(LISTENING)))
    }
    return all
  }
  const canariesOf = (found: readonly Finding[]): string[] =>
    sorted(new Set(found.flatMap(({ canary }) => (canary ? [`${canary.group} ${canary.table}`] : []))))
  const isOf =
    (table: string) =>
    ({ canary }: Fault): boolean =>
      canary?.table === table
  const anything = (): boolean => true

  // Every statement names the tenant, and the wall does so again: either alone is enough, so a leak takes both.
  it("another tenant's agreements once the tenant wall is gone and every statement forgets it", async () => {
    const found = await withoutPolicy(world.world, 'agreements', 'tenant_wall', () =>
      withForgetfulStatements(anything, () => findings(attacker('AUDITOR'), isOf('agreements'))),
    )
    expect(canariesOf(found)).toEqual(['foreign agreements'])
  })

  // No statement names the customer where the caller is one: the wall is all there is.
  it("another customer's agreements once their customer wall is gone, as MEMBER", async () => {
    const found = await withoutPolicy(world.world, 'agreements', 'customer_wall', () =>
      findings(attacker('MEMBER'), isOf('agreements')),
    )
    expect(canariesOf(found)).toEqual(['other agreements'])
  })

  it('agreements that no app was authorised for once their consent wall is gone', async () => {
    const found = await withoutPolicy(world.world, 'agreements', 'consent_wall', () =>
      findings(attacker('nobody authorised'), isOf('agreements')),
    )
    expect(canariesOf(found).every(each => each.endsWith(' agreements'))).toBe(true)
    expect(canariesOf(found)).not.toEqual([])
  })

  it('in a frame: what somebody else may see once all read one delivery', async () => {
    const found = await withSharedDeliveries(() =>
      heard([attacker('AUDITOR'), attacker('SIGNATORY')], ({ canary }) => canary?.group === 'other'),
    )
    const hearing = found.filter(({ canary }) => canary).map(each => each.attacker)
    expect(new Set(hearing)).toEqual(new Set([`customer SIGNATORY${LISTENING}`]))
    expect(canariesOf(found).some(each => each.startsWith('other '))).toBe(true)
  })

  it('rows that are counted and not shown', async () => {
    const counting = ({ text }: { text: string }): boolean => text.startsWith('select count')
    const wrong = await withoutPolicy(world.world, 'agreements', 'tenant_wall', () =>
      withForgetfulStatements(counting, wrongLists),
    )
    expect(wrong).toContain('agreements for staff AUDITOR')
    const page = '"nodes":[{"id":"x"}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":false}'
    const answer = readAnswer(200, new Headers(), `{"data":{"list":{"totalCount":2,${page}}}}`)
    expect(judge(world, attacker('AUDITOR'), answer).faults).toMatchObject([{ what: 'count' }])
  })

  it('a number of another tenant in what was answered, and not in where the request went wrong', () => {
    const depth = world.book.canaries.find(
      ({ group, column }) => group === 'foreign' && column === 'depth',
    )?.number
    const faults = (text: string): string[] =>
      judge(world, attacker('AUDITOR'), readAnswer(200, new Headers(), text)).faults.map(({ what }) => what)
    expect(faults(`{"data":{"node":{"depth":${depth}}}}`)).toEqual(['canary'])
    expect(faults(`{"errors":[{"message":"","locations":[{"line":1,"column":${depth}}]}]}`)).toEqual([])
  })

  it('an operation that crashes', async () => {
    const found = await withoutGrant(world.world, 'select on customers', () =>
      findings(attacker('AUDITOR'), ({ what }) => what === 'INTERNAL'),
    )
    expect(found.map(({ what }) => what)).toContain('INTERNAL')
  })

  it('a name in the log', async () => {
    const { logged } = world.world
    const name = world.book.canaries.find(
      ({ table, column }) => table === 'persons' && column === 'name',
    )?.text
    logged.push = (...lines) =>
      Array.prototype.push.apply(
        logged,
        lines.map(line => line.replace('{', `{"name":"${name}",`)),
      )
    const isLogged = ({ what }: Fault): boolean => what === 'canary in the log'
    const found = await findings(attacker('AUDITOR'), isLogged).finally(() =>
      Reflect.deleteProperty(logged, 'push'),
    )
    const others = found.filter(({ what }) => what !== 'canary in the log')
    expect(others.map(finding => printFinding(1, finding))).toEqual([])
    expect(found).not.toEqual([])
  })
})

describe('what it has found', () => {
  it("a text that PostgreSQL can't hold closes the list it's asked of, and no other field of the answer", async () => {
    const { data, errors } = await new Caller(world.world, attacker('AUDITOR').token).send<
      Record<string, unknown>
    >(
      '{ odd: agreements(filter: { number: "x\\u0000y" }) { totalCount } viewer { tenant { id } } customers(first: 1) { totalCount } }',
    )
    expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['odd'], 'BAD_USER_INPUT'],
    ])
    expect(data).toMatchObject({ odd: null, viewer: { tenant: {} }, customers: {} })
  })

  it('a statement that was ended fails all that come after it in the same answer with its own code', async () => {
    const reads = world.world.database.read(systemSession('01890000-0000-7000-8000-000000000000'))
    try {
      await reads.rows(statement('fuzz_hurry', "select set_config('statement_timeout', '5', true)"))
      const ended = reads.rows(statement('fuzz_slow', 'select pg_sleep(10)'))
      await expect(ended).rejects.toMatchObject({ code: 'TIMEOUT' })
      const after = reads.rows(statement('fuzz_after', 'select 1'))
      await expect(after).rejects.toMatchObject({ code: 'TIMEOUT' })
    } finally {
      reads.close()
    }
  })
})

describe('a canary is known', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const canary = (text: string, number: number | null = null): Canary => ({
    group: 'foreign',
    table: 'agreements',
    column: 'number',
    text,
    number,
    rowIds: [],
  })
  const book = new CanaryBook()
  for (const text of ['zqk3v9x2m7p0', id, '2200-01-02T01:01:01.013Z', '41.8273645519', '7000000000000003'])
    book.add(canary(text))
  book.add(canary('10007', 10_007))
  const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url')

  it.each([
    ['as it is', '{"number":"a zqk3v9x2m7p0 b"}'],
    ['in capitals', 'ZQK3V9X2M7P0'],
    ['in base64url', `{"cursor":"${base64url('["zqk3v9x2m7p0",1]')}"}`],
    ['in base64', Buffer.from('? >> zqk3v9x2m7p0 >>').toString('base64')],
    ['in hex', Buffer.from('zqk3v9x2m7p0').toString('hex')],
    ['as a public id', `{"id":"agr_${id}"}`],
    ['as an id within a cursor', base64url(`["2026-01-01","${id}"]`)],
    ["as an id's bytes", base64url(Buffer.from(`0000${id.replaceAll('-', '')}0000`, 'hex'))],
    ['as an instant', '"createdAt":"2200-01-02T01:01:01.013Z"'],
    ['as a decimal', '"ratePercent":"41.8273645519"'],
    ['as an amount of money', '{"amount":"70000000000000.03","currency":"CNY"}'],
  ])('%s', (_form, text) => {
    expect(book.find(text)).toHaveLength(1)
  })

  it('as a number of the answer, and not by its digits in a longer one', () => {
    expect(book.findNumbers({ data: { versions: [{ number: 10_007 }] } })).toHaveLength(1)
    expect(book.findNumbers({ data: { number: 110_007 } })).toEqual([])
    expect(book.find('10007')).toEqual([])
  })
})

/** As the lists that are kept for some name it: `staff ADMIN` is ADMIN, and whom the tenant's own issuer vouches for a SIGNATORY. */
function roleOf({ name }: Attacker): string {
  if (name.startsWith('service')) return 'service'
  if (name.startsWith('app') || name.includes('partner')) return 'app'
  return /^(?:staff|customer) ([A-Z]+)$/.exec(name)?.[1] ?? 'SIGNATORY'
}

/** Lists of a root that show or count other rows than the superuser finds for a caller. */
async function wrongLists(): Promise<string[]> {
  const wrong: string[] = []
  for (const list of listFields(buildSchema()).filter(({ parent }) => parent === 'Query')) {
    const rows = await rowsOf(world, list)
    for (const each of world.attackers) {
      const expected = rows
        .filter(
          ({ group, isProvidersOwn }) =>
            each.maySee.has(group) && !(isProvidersOwn && each.sees === 'customer'),
        )
        .map(({ id }) => id)
      if (KEPT_FOR[list.name]?.includes(roleOf(each)) === false) {
        const { text } = await new Caller(world.world, each.token).send(
          `{ list: ${list.name} { totalCount } }`,
        )
        if (!text.includes('"FORBIDDEN"') || !text.includes('"data":{"list":null}'))
          wrong.push(`${list.name} for ${each.name}`)
        continue
      }
      const { ids, totalCount } = await pageThrough(world, each, list)
      const agree = totalCount === expected.length && sorted(ids).join() === sorted(expected).join()
      if (!agree) wrong.push(`${list.name} for ${each.name}`)
    }
  }
  return wrong
}

/** The cell itself, or anything within it where it is json. */
function hasCanary({ planted }: CanaryWorld, group: 'other' | 'own', cell: string): boolean {
  const groups = group === 'own' ? (['own', 'closed'] as const) : [group]
  const covered = groups.flatMap(each => [...(planted.covered.get(each) ?? [])])
  return covered.some(each => each === cell || each.startsWith(`${cell}.`))
}
