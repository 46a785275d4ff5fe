import fc from 'fast-check'
import { cny } from '../invoices/kit.js'
import type { AgreementHandle } from '../kit/world.js'
import type { Court, FoundBreach } from './kit.js'

/** What somebody does: on the first or the second of two tickets that missed their responses, for one side. */
export interface Act {
  name: keyof typeof ACTS
  on: 0 | 1
  side: 'provider' | 'customer'
}

/** A case of its own: an agreement whose two tickets have a breach each, and whose fixes are past due and unswept. */
interface Case {
  agreement: AgreementHandle
  tickets: string[]
  responses: string[]
  found: FoundBreach[]
  reportedAt: Date
}

/** By name, the mutation and what it says. Each may be done at any time, and be refused. */
const ACTS = {
  confirm: (it: Case, on: number) => ['breachConfirm', { breachId: it.found[on]?.id }],
  notify: (it: Case, on: number) => ['breachNotify', { breachId: it.found[on]?.id }],
  accept: (it: Case, on: number) => ['breachAccept', { breachId: it.found[on]?.id }],
  dispute: (it: Case, on: number) => ['breachDispute', { breachId: it.found[on]?.id, grounds: 'No' }],
  waive: (it: Case, on: number) => ['breachWaive', { breachId: it.found[on]?.id, reason: 'Once' }],
  cure: (it: Case, on: number) => ['breachCure', { breachId: it.found[on]?.id, evidence: 'A log' }],
  reject: (it: Case, on: number) => ['breachReject', { breachId: it.found[on]?.id, ...AWARD }],
  uphold: (it: Case, on: number) => ['breachUphold', { breachId: it.found[on]?.id, ...AWARD }],
  decide: (it: Case, on: number) => [
    'breachUphold',
    { breachId: it.found[on]?.id, ...AWARD, amount: cny('7000.00') },
  ],
  link: (it: Case, on: number) => [
    'breachLinkRootCause',
    { breachId: it.found[on]?.id, toBreachId: it.found[1 - on]?.id, reason: 'One' },
  ],
  lose: (it: Case, on: number) => [
    'lossClaimFile',
    { assessmentId: it.found[on]?.assessment.id, loss: cny('30000.00'), evidence: 'A bill' },
  ],
  forgive: (it: Case, on: number) => ['lossClaimWithdraw', { assessmentId: it.found[on]?.assessment.id }],
  agree: (it: Case, on: number) => ['assessmentAgree', { assessmentId: it.found[on]?.assessment.id }],
  settle: (it: Case, on: number) => [
    'assessmentSettle',
    { assessmentId: it.found[on]?.assessment.id, evidence: 'A slip' },
  ],
  correct: (it: Case, on: number) => [
    'factCorrect',
    {
      obligationId: it.responses[on],
      fact: 'STOPPED',
      occurredAt: new Date(it.reportedAt.getTime() + 3_600_000).toISOString(),
      evidence: 'A call',
    },
  ],
  respond: (it: Case, on: number) => ['ticketRespond', { ticketId: it.tickets[on], text: 'On it' }],
  resolve: (it: Case, on: number) => ['ticketResolve', { ticketId: it.tickets[on] }],
  report: (it: Case, on: number) => [
    'findingReport',
    {
      ...{ agreementId: it.agreement.id, dutyClause: '2.3.1', owedBy: 'PROVIDER', evidence: 'A log' },
      ...{ description: 'Found', occurredAt: it.reportedAt.toISOString(), causeBreachId: it.found[on]?.id },
    },
  ],
  sweep: () => null,
} as const satisfies Record<string, (it: Case, on: number) => readonly [string, object] | null>

const AWARD = { basis: 'AWARD', document: 'No. 7' }

export const actsOf = (count: number): fc.Arbitrary<Act[]> =>
  fc.array(
    fc.record({
      name: fc.constantFrom(...(Object.keys(ACTS) as Act['name'][])),
      on: fc.constantFrom(0 as const, 1 as const),
      side: fc.constantFrom('provider' as const, 'customer' as const),
    }),
    { minLength: count, maxLength: count },
  )

const act = (name: Act['name'], side: Act['side'] = 'customer', on: Act['on'] = 0): Act => ({
  name,
  on,
  side,
})

/** Acts that get in each other's way: whichever comes first, another one is refused, or comes to another price. */
export const RIVALS: readonly Act[][] = [
  [act('agree', 'provider'), act('agree'), act('lose')],
  [act('correct', 'provider'), act('waive'), act('agree', 'customer', 1)],
  [act('link'), act('decide', 'provider'), act('sweep')],
  [act('reject', 'provider'), act('uphold', 'customer'), act('link', 'customer', 1)],
  [act('resolve', 'provider'), act('sweep'), act('report', 'customer')],
  [act('correct', 'provider'), act('link'), act('respond', 'provider')],
]

/** How far each of the two breaches had come before everybody acts. */
export type Before = readonly [readonly string[], readonly string[]]
export const BEFORES: readonly Before[] = [
  [[], []],
  [
    ['breachConfirm', 'breachNotify', 'breachDispute'],
    ['breachConfirm', 'breachNotify'],
  ],
  [['breachConfirm', 'breachNotify', 'breachDispute'], []],
]

/** Every order of so many acts, as indexes. */
export function ordersOf(count: number): number[][] {
  if (count === 0) return [[]]
  return ordersOf(count - 1).flatMap(order =>
    Array.from({ length: count }, (_, at) => order.toSpliced(at, 0, count - 1)),
  )
}

/**
 * One case, made anew, on which these acts are done: one after the other in an order, or all at once. Answers what each was
 * told, and what became of everything; two cases that came out alike answer the same text.
 */
export async function outcomeOf(
  court: Court,
  before: Before,
  acts: readonly Act[],
  order: readonly number[] | null,
): Promise<string> {
  const made = await caseOf(court, before)
  const answers: string[] = []
  const take = async (index: number): Promise<void> => {
    answers[index] = await tell(court, made, acts[index] as Act)
  }
  if (order) for (const index of order) await take(index)
  else await Promise.all(acts.map((_, index) => take(index)))
  // Whatever nobody swept is swept now, so that nothing of it is left for the next one.
  while ((await court.world.ringDue()) > 0);
  return JSON.stringify({ answers, ...(await whatBecame(court, made)) }, null, 1)
}

async function caseOf(court: Court, before: Before): Promise<Case> {
  // Two root causes over the fee, five percent each, of which eight are left.
  const agreement = await court.agreement({ capPercent: '8' })
  const reportedAt = court.now
  const tickets = [await court.report(agreement), await court.report(agreement)]
  await court.pass(3)
  await court.world.ringDue()
  const found = await court.breaches(agreement)
  for (const [index, steps] of before.entries()) await court.bring(found[index]?.id as string, ...steps)
  await court.pass(24)
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Ticket { responseObligation { id } } } }'
  const { nodes } = await court.admin.ask(query, { ids: tickets })
  const responses = nodes.map((each: { responseObligation: { id: string } }) => each.responseObligation.id)
  return { agreement, tickets, responses, found, reportedAt }
}

async function tell(court: Court, made: Case, { name, on, side }: Act): Promise<string> {
  const said = ACTS[name](made, on)
  if (said === null) {
    await court.world.ringDue()
    return 'swept'
  }
  const [mutation, input] = said
  const caller = side === 'provider' ? court.admin : court.signatory
  // Forbidden to one side altogether, as in any order.
  const answer = await caller.mutate(mutation, input).catch((error: Error) => error.message)
  if (typeof answer === 'string') return /"([A-Z_]+)"/.exec(answer)?.[1] ?? answer
  const codes = (answer?.userErrors ?? []).map(({ code }: { code: string }) => code)
  return codes.length === 0 ? 'done' : codes.join(' ')
}

/** Of every breach and price what counts, named by what they are of; numbers and instants are left out, as they are of their order. */
async function whatBecame(court: Court, { agreement }: Case): Promise<object> {
  const breaches = await court.world.sqlAsSuperuser<{ name: string; cause: string }>(
    `select coalesce(ticket.number || ' ' || obligation.kind, 'finding') as name, breach.state, breach.cured_at is not null as cured,
       obligation.state as clock, obligation.stopped_at is not null as stopped, assessment_id as cause
     from breaches as breach
     left join obligations as obligation on obligation.id = breach.obligation_id
     left join tickets as ticket on ticket.id = obligation.subject_id
     where breach.agreement_id = $1 order by 1, 2`,
    [agreement.uuid],
  )
  const prices = await court.world.sqlAsSuperuser<{ id: string }>(
    `select id, state, total::text, amount::text, loss_claimed::text as loss, top_up::text as "topUp", fixed,
       (select sum(change)::text from assessment_revisions as past where past.assessment_id = assessments.id) as changes,
       (select sum(bookable)::text from assessment_revisions as past where past.assessment_id = assessments.id) as booked
     from assessments where agreement_id = $1`,
    [agreement.uuid],
  )
  const named = prices.map(({ id, ...price }) => ({
    of: breaches.filter(({ cause }) => cause === id).map(({ name }) => name),
    ...price,
  }))
  return {
    breaches: breaches.map(breach => ({ ...breach, cause: null })),
    prices: named.map(price => JSON.stringify(price)).sort(),
  }
}

/** The serial outcomes of some acts, and an outcome of them all at once, so many times. Answers those that no order explains. */
export async function unexplained(
  court: Court,
  before: Before,
  acts: readonly Act[],
  times: number,
): Promise<{ outcomes: number; strange: string[] }> {
  const serial = new Set<string>()
  for (const order of ordersOf(acts.length)) serial.add(await outcomeOf(court, before, acts, order))
  const strange: string[] = []
  for (let n = 0; n < times; n++) {
    const outcome = await outcomeOf(court, before, acts, null)
    if (!serial.has(outcome)) strange.push(outcome, ...serial)
  }
  return { outcomes: serial.size, strange }
}
