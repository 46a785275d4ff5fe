import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attacker } from '../kit/canary/attackers.js'
import { attack, type Finding, type FuzzOptions, LISTENING } from '../kit/canary/fuzz.js'
import { withForgetfulStatements, withoutAskingPersons, withoutPolicy } from '../kit/canary/mutants.js'
import type { Fault } from '../kit/canary/oracle.js'
import { CanaryWorld } from '../kit/canary/world.js'

/**
 * bars.md, Trust 5: the walls of every room, and what leaves in frames, broken one by one until the fuzz finds it by chance.
 * `npm test` breaks those of agreements; that each wall of each table shows when it is gone, test/promises/mutants.test.ts sees.
 */
const SEED = Number(process.env.CANARY_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** What a half-mutant isn't found by. */
const HALF_MUTANT_RUNS = 500
/** Far more than any mutant needs to show itself: on average a few hundred. */
const MUTANT_RUNS = 20_000
/** What a mutant is given that shows itself in frames: few operations, and many turns of those who work; and how often. */
const HEARING_RUNS = 80
const HEARING_TURN = 10
const HEARINGS = 10
/** Ten times what it takes on two cores with nothing else to do. */
const TIME_LIMIT_MS = 180_000

let world: CanaryWorld
beforeAll(async () => {
  world = await CanaryWorld.create(SEED)
}, TIME_LIMIT_MS)
afterAll(() => world?.close())

const attacker = (name: string): Attacker => {
  const found = world.attackers.find(each => each.name.includes(name))
  if (!found) throw new Error(`there is no attacker ${name}`)
  return found
}
const sorted = (texts: Iterable<string>): string[] => [...texts].sort()

describe('the fuzz finds', { timeout: TIME_LIMIT_MS }, () => {
  const findings = async (
    who: Attacker,
    sought: (fault: Fault) => boolean,
    options: Partial<FuzzOptions> = {},
  ): Promise<Finding[]> =>
    (await attack(world, { seed: 1, runs: MUTANT_RUNS, attackers: [who], sought, ...options })).findings
  /** Until one who listens is told what is sought. */
  const heard = async (who: Attacker, sought: (fault: Fault) => boolean): Promise<Finding[]> => {
    const all: Finding[] = []
    for (let seed = 1; seed <= HEARINGS && !all.some(sought); seed++) {
      const options = { seed, runs: HEARING_RUNS, turnEvery: HEARING_TURN, listening: true }
      const { findings: found } = await attack(world, { ...options, attackers: [who] })
      all.push(...found.filter(each => each.attacker.endsWith(LISTENING)))
    }
    return all
  }
  const isOf =
    (table: string) =>
    ({ canary }: Fault): boolean =>
      canary?.table === table
  const canariesOf = (found: readonly Finding[]): string[] =>
    sorted(new Set(found.flatMap(({ canary }) => (canary ? [`${canary.group} ${canary.table}`] : []))))

  // Every statement names the tenant, and the wall does so again: either alone is enough, so a leak takes both.
  it('nothing while the tenant wall of agreements is gone and the statements hold', async () => {
    const found = await withoutPolicy(world.world, 'agreements', 'tenant_wall', () =>
      findings(attacker('ADMIN'), ({ canary }) => canary !== null, { runs: HALF_MUTANT_RUNS }),
    )
    expect(canariesOf(found)).toEqual([])
  })

  it('nothing while every statement forgets its tenant and the walls hold', async () => {
    const anything = (): boolean => true
    const found = await withForgetfulStatements(anything, () =>
      findings(attacker('AUDITOR'), ({ canary }) => canary !== null, { runs: HALF_MUTANT_RUNS }),
    )
    expect(canariesOf(found)).toEqual([])
  })

  it.each(['own issuer', 'bound to a customer'])(
    "another customer's agreements once their customer wall is gone, as %s",
    async name => {
      const found = await withoutPolicy(world.world, 'agreements', 'customer_wall', () =>
        findings(attacker(name), isOf('agreements')),
      )
      expect(canariesOf(found)).toEqual(['other agreements'])
    },
  )

  it.each(['tickets', 'invoices', 'breaches', 'payments', 'backup_runs'])(
    "another customer's %s once their customer wall is gone",
    async table => {
      const found = await withoutPolicy(world.world, table, 'customer_wall', () =>
        findings(attacker('MEMBER'), isOf(table)),
      )
      expect(canariesOf(found)).toEqual([`other ${table}`])
    },
  )

  // After all that customers' users look for: what an app reads through a gap is in its customer's disclosures from then on.
  it('tickets that no app was authorised for once their consent wall is gone', async () => {
    const found = await withoutPolicy(world.world, 'tickets', 'consent_wall', () =>
      findings(attacker('nobody authorised'), isOf('tickets')),
    )
    expect(canariesOf(found).every(each => each.endsWith(' tickets'))).toBe(true)
    expect(canariesOf(found)).not.toEqual([])
  })

  it('backups, which the partner was not authorised for, once their consent wall is gone', async () => {
    const found = await withoutPolicy(world.world, 'backup_runs', 'consent_wall', () =>
      findings(attacker('partner'), ({ canary }) => canary?.group === 'closed'),
    )
    expect(canariesOf(found)).toContain('closed backup_runs')
  })

  it('people who did not consent once the gate asks none', async () => {
    const found = await withoutAskingPersons(() => findings(attacker('partner'), isOf('persons')))
    expect(canariesOf(found)).toEqual(['closed persons'])
  })

  it('in a frame: people who did not consent once the gate asks none', async () => {
    const found = await withoutAskingPersons(() => heard(attacker('partner'), isOf('persons')))
    expect(canariesOf(found)).toEqual(['closed persons'])
  })

  it('in a frame: events of another customer once their consent wall is gone', async () => {
    const found = await withoutPolicy(world.world, 'events', 'consent_wall', () =>
      heard(attacker('partner'), ({ canary }) => canary?.group === 'other' && canary.table === 'events'),
    )
    expect(canariesOf(found)).toContain('other events')
  })
})
