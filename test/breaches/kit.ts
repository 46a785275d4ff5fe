import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { cny } from '../invoices/kit.js'

/** Where breaches are claimed: an agreement over 240,000 a year, both sides' people, and a clock that stands. */
export class Court {
  readonly world: World
  readonly provider: Provider
  readonly customer: Customer
  readonly admin: Caller
  readonly signatory: Caller
  #now: number

  private constructor(
    world: World,
    provider: Provider,
    customer: Customer,
    callers: { admin: Caller; signatory: Caller },
    now: number,
  ) {
    this.world = world
    this.provider = provider
    this.customer = customer
    this.admin = callers.admin
    this.signatory = callers.signatory
    this.#now = now
  }

  static async open(at = '2026-04-01T09:00:00+08:00'): Promise<Court> {
    const world = await World.create()
    await world.freezeClock(at)
    const provider = await world.provider()
    const customer = await provider.customer()
    const callers = { admin: await provider.admin(), signatory: await customer.signatory() }
    return new Court(world, provider, customer, callers, Date.parse(at))
  }

  get now(): Date {
    return new Date(this.#now)
  }

  async pass(hours: number): Promise<void> {
    this.#now += hours * 3_600_000
    await this.world.freezeClock(this.now)
  }

  /** An agreement in force: its one rule for service duties, and what else is changed of the offered rules. */
  async agreement(rule: object = {}): Promise<AgreementHandle> {
    const agreement = await this.customer.draft()
    if (Object.keys(rule).length > 0) {
      const { currentVersion } = await agreement.read(
        'currentVersion { damagesRules { id dutyClauses basis mode ratePercent capPercent } }',
      )
      const { id, ...offered } = currentVersion.damagesRules.find((each: { dutyClauses: string[] }) =>
        each.dutyClauses.includes('2.3.1'),
      )
      await done(this.admin, 'agreementDamagesRuleSet', {
        agreementId: agreement.id,
        ruleId: id,
        rule: { ...offered, ...rule },
      })
    }
    await done(this.admin, 'feeScheduleSet', {
      ...{ agreementId: agreement.id, annualFee: cny('240000.00'), taxRatePercent: '6' },
    })
    await agreement.submit()
    await agreement.signByBoth()
    return agreement
  }

  async report(agreement: AgreementHandle): Promise<string> {
    const input = { agreementId: agreement.id, kind: 'FAULT', subject: 'Down' }
    return (await done(this.admin, 'ticketReport', input, 'ticket { id }')).ticket.id
  }

  /** Tickets that nobody answers, one an hour; in the end all are swept. Their breaches, the earliest first. */
  async missed(agreement: AgreementHandle, count: number, fix = false): Promise<FoundBreach[]> {
    for (let n = 0; n < count; n++) {
      await this.report(agreement)
      await this.pass(1)
    }
    // Responses are due after 2 hours, fixes after 24.
    await this.pass(fix ? 25 : 3)
    await this.world.ringDue()
    return this.breaches(agreement)
  }

  async breaches(agreement: AgreementHandle): Promise<FoundBreach[]> {
    const { breaches } = await this.admin.ask(
      `query ($id: ID!) { breaches(first: 100, filter: { agreementId: $id }, orderBy: { field: OCCURRED_AT, direction: ASC }) {
         nodes { id number state revision assessment { id } obligation { kind } } } }`,
      { id: agreement.id },
    )
    return breaches.nodes.toSorted((a: FoundBreach, b: FoundBreach) => a.number - b.number)
  }

  /** The customer claims, the provider answers: what the state of a breach of the provider's takes. */
  async bring(breachId: string, ...steps: readonly string[]): Promise<void> {
    for (const step of steps) {
      const debtors = step === 'breachAccept' || step === 'breachDispute'
      const grounds = step === 'breachDispute' ? { grounds: 'The line was down' } : {}
      await done(debtors ? this.admin : this.signatory, step, { breachId, ...grounds })
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async price(assessmentId: string, selection = PRICE): Promise<any> {
    const query = `query ($id: ID!) { assessment(id: $id) { ${selection} } }`
    return (await this.admin.ask(query, { id: assessmentId })).assessment
  }

  /** What the prices of an agreement come to, in the order their causes occurred. */
  async totals(agreement: AgreementHandle): Promise<string[]> {
    const rows = await this.world.sqlAsSuperuser<{ total: string | null }>(
      'select total::text as total from assessments where agreement_id = $1 order by occurred_at, id',
      [agreement.uuid],
    )
    return rows.map(({ total }) => String(total))
  }

  /** Promises that every price must keep, whatever was done; each sentence is one that is broken. */
  async brokenPromises(): Promise<string[]> {
    const rows = await this.world.sqlAsSuperuser<{ rule: string; times: number }>(PROMISES)
    return rows.filter(({ times }) => times > 0).map(({ rule, times }) => `${times} times: ${rule}`)
  }
}

export interface FoundBreach {
  id: string
  number: number
  state: string
  revision: number
  assessment: { id: string }
  obligation: { kind: string } | null
}

export const PRICE = `state revision total { amount } change { amount } bookable { amount } topUp { amount } lossClaimed { amount }
  reductionRisk indicativeCeiling { amount } formula`

const PROMISES = `
  select 'damages of an agreement year exceed the cap' as rule, count(*)::int as times from (
    select agreement_id from assessments where not fixed and rule_id is not null and cap is not null
    group by agreement_id, year_starts_on having sum(total - coalesce(top_up, 0)) > max(cap)) as wrong
  union all
  select 'the changes of all revisions do not come to the total', count(*)::int from (
    select assessments.id from assessments join assessment_revisions as past on past.assessment_id = assessments.id
    group by assessments.id, assessments.total having sum(coalesce(past.change, 0)) <> coalesce(assessments.total, 0)) as wrong
  union all
  select 'what was booked is not what is due', count(*)::int from (
    select assessments.id from assessments join assessment_revisions as past on past.assessment_id = assessments.id
    group by assessments.id, assessments.total, assessments.state
    having sum(coalesce(past.bookable, 0)) <> case when assessments.state in ('AGREED', 'SETTLED') then assessments.total else 0 end) as wrong
  union all
  select 'the last revision kept is not the one that stands', count(*)::int from (
    select assessments.id from assessments join assessment_revisions as past on past.assessment_id = assessments.id
    group by assessments.id, assessments.revision having max(past.number) <> assessments.revision or count(*) <> assessments.revision) as wrong
  union all
  select 'a price without a standing breach is not over', count(*)::int from assessments
    where (state in ('RELEASED', 'WAIVED')) <> not exists (
      select from breaches where assessment_id = assessments.id and breaches.state not in ('REJECTED', 'WAIVED', 'WITHDRAWN'))
  union all
  select 'an obligation is missed twice', count(*)::int from (
    select obligation_id from breaches where kind = 'MISSED' group by obligation_id having count(*) > 1) as wrong`
