import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cny } from '../invoices/kit.js'
import type { AgreementHandle } from '../kit/world.js'
import { Court, type FoundBreach } from './kit.js'
import { actsOf, BEFORES, RIVALS, unexplained } from './serial-orders.js'

/** Agreements that are fought over; each run of acts is a few dozen changes. */
const RUNS = 4
/** Acts at once: enough to wait for each other in every order. */
const ACTS = 14

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

type Act = { mutation: string; on: number; side: 'provider' | 'customer'; amount: number }

const MUTATIONS = [
  'breachConfirm',
  'breachNotify',
  'breachAccept',
  'breachDispute',
  'breachUphold',
  'breachReject',
  'breachWaive',
  'breachLinkRootCause',
  'lossClaimFile',
  'lossClaimWithdraw',
  'assessmentAgree',
  'assessmentSettle',
]

const acts = fc.array(
  fc.record({
    mutation: fc.constantFrom(...MUTATIONS),
    on: fc.nat(6),
    side: fc.constantFrom('provider' as const, 'customer' as const),
    amount: fc.constantFrom(0, 5_000, 12_000, 30_000),
  }),
  { minLength: ACTS, maxLength: ACTS },
)

/** What an act says, on one of seven breaches or its price. */
function inputOf({ mutation, on, amount }: Act, found: readonly FoundBreach[]): object {
  const [breach, other] = [found[on], found[(on + 1) % found.length]] as [FoundBreach, FoundBreach]
  const price = { assessmentId: breach.assessment.id }
  const money = cny(`${amount}.00`)
  switch (mutation) {
    case 'lossClaimFile':
      return { ...price, loss: money, evidence: 'A bill' }
    case 'lossClaimWithdraw':
      return price
    case 'assessmentAgree':
      return amount === 0 ? price : { ...price, amount: money }
    case 'assessmentSettle':
      return { ...price, evidence: 'A slip' }
    case 'breachDispute':
      return { breachId: breach.id, grounds: 'No' }
    case 'breachWaive':
      return { breachId: breach.id, reason: 'Once' }
    case 'breachLinkRootCause':
      return { breachId: breach.id, toBreachId: other.id, reason: 'One' }
    case 'breachUphold':
    case 'breachReject':
      return { breachId: breach.id, basis: 'AWARD', document: 'No. 7' }
    default:
      return { breachId: breach.id }
  }
}

/** Some have come as far as a dispute, or both sides' word, before everybody acts at once. */
async function fight(all: readonly Act[]): Promise<{ agreement: AgreementHandle; done: number }> {
  const agreement = await court.agreement()
  const found = await court.missed(agreement, 7)
  for (const breach of found.slice(0, 3))
    await court.bring(breach.id, 'breachConfirm', 'breachNotify', 'breachDispute')
  const answers = await Promise.all([
    ...all.map(act =>
      (act.side === 'provider' ? court.admin : court.signatory).mutate(act.mutation, inputOf(act, found)),
    ),
    // The sweep finds the fixes of all seven meanwhile.
    court.pass(24).then(() => court.world.ringDue()),
  ])
  const done = answers.filter(
    answer => typeof answer === 'object' && answer !== null && answer.userErrors?.length === 0,
  ).length
  return { agreement, done }
}

it('whatever both sides do at once, while the sweep goes on: caps hold, changes come to totals, and what is due was booked', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(acts, async all => {
      const { done } = await fight(all)
      taken += done
      expect(await court.brokenPromises()).toEqual([])
    }),
    { numRuns: RUNS },
  )
  expect(taken).toBeGreaterThan(RUNS)
})

it('any order of concurrent acts gives a verdict that some serial order gives: answers, states, prices and what was booked', async () => {
  // Three acts have six orders, each on an agreement of its own. Four of them, and longer, in test/long.
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...BEFORES),
      fc.oneof(fc.constantFrom(...RIVALS), actsOf(3)),
      async (before, all) => {
        const { strange } = await unexplained(court, before, all, 2)
        expect(strange).toEqual([])
      },
    ),
    { numRuns: 2, endOnFailure: true },
  )
  expect(await court.brokenPromises()).toEqual([])
})
