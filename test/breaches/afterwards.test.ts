import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cny } from '../invoices/kit.js'
import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller } from '../kit/world.js'
import { Court, type FoundBreach } from './kit.js'

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

const AWARD = { basis: 'AWARD', document: 'Award 1' }

/** A ticket whose response was missed, and how to say what became of it. */
class Missed {
  readonly agreement: AgreementHandle
  readonly ticketId: string
  readonly breach: FoundBreach
  readonly #reportedAt: number

  private constructor(agreement: AgreementHandle, ticketId: string, breach: FoundBreach, reportedAt: Date) {
    this.agreement = agreement
    this.ticketId = ticketId
    this.breach = breach
    this.#reportedAt = reportedAt.getTime()
  }

  static async under(agreement: AgreementHandle): Promise<Missed> {
    const reportedAt = court.now
    const ticketId = await court.report(agreement)
    await court.pass(3)
    await court.world.ringDue()
    const [breach] = await court.breaches(agreement)
    return new Missed(agreement, ticketId, breach as FoundBreach, reportedAt)
  }

  get assessmentId(): string {
    return this.breach.assessment.id
  }

  async agreeTo(amount: string): Promise<void> {
    for (const caller of [court.admin, court.signatory])
      await done(caller, 'assessmentAgree', { assessmentId: this.assessmentId, amount: cny(amount) })
  }

  /** It was answered or solved so many hours after it was reported, in place of the stop that was known. */
  async correct(duty: 'responseObligation' | 'fixObligation', hours: number): Promise<string[]> {
    const obligationId = await this.obligation(duty)
    const stop = await this.step(duty, 'STOPPED')
    const occurredAt = new Date(this.#reportedAt + hours * 3_600_000).toISOString()
    const fact = { obligationId, fact: 'STOPPED', corrects: stop, occurredAt, evidence: 'Call log' }
    return codes(court.admin, 'factCorrect', fact)
  }

  async obligation(duty: string): Promise<string> {
    const query = `query ($id: ID!) { ticket(id: $id) { ${duty} { id } } }`
    return (await court.admin.ask(query, { id: this.ticketId })).ticket[duty].id
  }

  async step(duty: string, type: string): Promise<number | null> {
    const query = `query ($id: ID!) { ticket(id: $id) { ${duty} { derivation { steps { code fact ordinal } } } } }`
    const { steps } = (await court.admin.ask(query, { id: this.ticketId })).ticket[duty].derivation
    const found = steps.find(({ code, fact }: Record<string, string>) => code === type || fact === type)
    return found?.ordinal ?? null
  }
}

async function codes(caller: Caller, mutation: string, input: object): Promise<string[]> {
  const { userErrors } = await caller.mutate(mutation, input)
  return userErrors.map(({ code }: { code: string }) => code)
}

describe('after a price was agreed as a number', () => {
  it('and its breach waived, the next one of the same ticket costs what the rule says: waiving one waives no other', async () => {
    const missed = await Missed.under(await court.agreement())
    await missed.agreeTo('5000.00')
    await done(court.signatory, 'breachWaive', { breachId: missed.breach.id, reason: 'Once' })
    expect(await court.price(missed.assessmentId)).toMatchObject({ state: 'WAIVED' })
    await court.pass(25)
    await court.world.ringDue()
    expect(await court.price(missed.assessmentId)).toMatchObject({
      ...{ state: 'INDICATIVE', total: { amount: '12000.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('and its breach withdrawn, one that stands again costs what the rule says', async () => {
    const missed = await Missed.under(await court.agreement())
    await missed.agreeTo('5000.00')
    expect(await missed.correct('responseObligation', 1)).toEqual([])
    expect(await court.price(missed.assessmentId)).toMatchObject({ state: 'RELEASED' })
    expect(await missed.correct('responseObligation', 2.5)).toEqual([])
    expect(await court.price(missed.assessmentId)).toMatchObject({
      ...{ state: 'INDICATIVE', total: { amount: '12000.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })
})

describe('a decision', () => {
  it('stays the number that it names, also where the price happened to be the same when it was last written', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1', capPercent: '10' })
    const { breach, assessmentId } = await Missed.under(agreement)
    await court.pass(24 * 7)
    await court.bring(breach.id, 'breachConfirm', 'breachNotify', 'breachDispute')
    expect(await court.price(assessmentId)).toMatchObject({ total: { amount: '1680.00' } })
    await court.pass(24 * 10)
    await done(court.admin, 'breachUphold', { breachId: breach.id, ...AWARD, amount: cny('1680.00') })
    expect(await court.price(assessmentId)).toMatchObject({
      ...{ state: 'AGREED', total: { amount: '1680.00' }, bookable: { amount: '1680.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('and what was paid are not undone by a fact that the side which owes it states', async () => {
    const upheld = await Missed.under(await court.agreement())
    await court.bring(upheld.breach.id, 'breachConfirm', 'breachNotify', 'breachDispute')
    await done(court.admin, 'breachUphold', { breachId: upheld.breach.id, ...AWARD })
    expect(await upheld.correct('responseObligation', 1)).toEqual(['INVALID_STATE'])
    const settled = await Missed.under(await court.agreement())
    await settled.agreeTo('12000.00')
    const { assessmentId } = settled
    await done(court.signatory, 'assessmentSettle', { assessmentId, evidence: 'Slip 9' })
    expect(await settled.correct('responseObligation', 1)).toEqual(['INVALID_STATE'])
    // When it was made good, though late, is no other verdict.
    expect(await settled.correct('responseObligation', 2.5)).toEqual([])
    expect(await court.price(assessmentId)).toMatchObject({ state: 'SETTLED', total: { amount: '12000.00' } })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('by mediation takes the same amount of both sides, in one currency; nobody names the currency for the other', async () => {
    const { breach, assessmentId } = await Missed.under(await court.customer.agreement())
    await court.bring(breach.id, 'breachConfirm', 'breachNotify', 'breachDispute')
    const yen = { amount: '100', currency: 'JPY' }
    await done(court.admin, 'assessmentAgree', { assessmentId, amount: yen })
    await done(court.signatory, 'assessmentAgree', { assessmentId, amount: cny('1.00') })
    expect(await court.price(assessmentId)).toMatchObject({ state: 'NEEDS_LEGAL_DECISION', total: null })
    const mediated = { breachId: breach.id, basis: 'MEDIATION', document: 'Minutes' }
    await done(court.admin, 'breachUphold', { ...mediated, amount: cny('100.00') })
    const dollars = { amount: '100.00', currency: 'USD' }
    await done(court.signatory, 'breachUphold', { ...mediated, amount: dollars })
    expect(await court.price(assessmentId)).toMatchObject({ state: 'NEEDS_LEGAL_DECISION', total: null })
    await done(court.signatory, 'breachUphold', { ...mediated, amount: cny('100.00') })
    expect(await court.price(assessmentId)).toMatchObject({ state: 'AGREED', total: { amount: '100.00' } })
    expect(await court.brokenPromises()).toEqual([])
  })
})

describe('what was let go', () => {
  it('goes along to another root cause, so that it counts there once it stands again', async () => {
    const agreement = await court.agreement()
    await court.missed(agreement, 2, true)
    const [one, other] = [
      ...Map.groupBy(await court.breaches(agreement), each => each.assessment.id).values(),
    ]
    const [waived, standing] = one as FoundBreach[]
    await done(court.signatory, 'breachWaive', { breachId: waived?.id, reason: 'Once' })
    const link = { breachId: standing?.id, toBreachId: other?.[0]?.id, reason: 'One fault' }
    expect(await codes(court.signatory, 'breachLinkRootCause', { ...link, breachId: waived?.id })).toEqual([
      'INVALID_STATE',
    ])
    const answer = await done(
      ...([court.signatory, 'breachLinkRootCause', link, 'assessment { breaches { state } }'] as const),
    )
    expect(answer.assessment.breaches.map(({ state }: FoundBreach) => state).sort()).toEqual([
      ...['DETECTED', 'DETECTED', 'DETECTED', 'WAIVED'],
    ])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('stays so when its duty turns out to have been done, is taken up again and missed again', async () => {
    const agreement = await court.agreement()
    const missed = await Missed.under(agreement)
    await court.pass(22)
    await court.world.ringDue()
    const fix = (await court.breaches(agreement)).find(({ obligation }) => obligation?.kind === 'FAULT_FIX')
    await done(court.signatory, 'breachWaive', { breachId: fix?.id, reason: 'Once' })
    await done(court.admin, 'ticketResolve', { ticketId: missed.ticketId })
    expect(await missed.correct('fixObligation', 20)).toEqual([])
    await done(court.admin, 'ticketReopen', { ticketId: missed.ticketId })
    await court.pass(24)
    await court.world.ringDue()
    const query = 'query ($id: ID!) { obligation(id: $id) { state breach { id state } } }'
    const id = await missed.obligation('fixObligation')
    expect((await court.admin.ask(query, { id })).obligation).toEqual({
      ...{ state: 'MISSED', breach: { id: fix?.id, state: 'WAIVED' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })
})

it('a correction names a fact that stands, and neither a verdict nor another correction', async () => {
  const missed = await Missed.under(await court.agreement())
  const obligationId = await missed.obligation('responseObligation')
  const fact = { obligationId, fact: 'STOPPED', occurredAt: court.now, evidence: 'Call log' }
  const verdict = await missed.step('responseObligation', 'MISSED')
  expect(await codes(court.admin, 'factCorrect', { ...fact, corrects: verdict })).toEqual(['INVALID'])
  expect(await codes(court.admin, 'factCorrect', { ...fact, corrects: 99 })).toEqual(['NOT_FOUND'])
})

describe('nobody ends what he owes by his own word', () => {
  it('a breach whose clock still runs is cured by doing it, or by the word of the side it is owed to', async () => {
    const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1', capPercent: '10' })
    const { breach, assessmentId } = await Missed.under(agreement)
    await court.pass(24 * 7)
    const curedAt = new Date(court.now.getTime() - 24 * 5 * 3_600_000).toISOString()
    const cure = { breachId: breach.id, curedAt, evidence: 'We did' }
    expect(await codes(court.admin, 'breachCure', cure)).toEqual(['INVALID_STATE'])
    await done(court.signatory, 'breachCure', cure)
    expect(await court.price(assessmentId, 'units total { amount }')).toEqual({
      ...{ units: '2', total: { amount: '480.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })

  it('and a finding is of a duty that its side has', async () => {
    const agreement = await court.agreement()
    const found = { agreementId: agreement.id, occurredAt: court.now, description: 'x', evidence: 'y' }
    for (const [dutyClause, owedBy] of [
      ['3.4.1', 'PROVIDER'],
      ['2.1.1', 'CUSTOMER'],
    ])
      expect(await codes(court.admin, 'findingReport', { ...found, dutyClause, owedBy })).toEqual(['INVALID'])
    // Left out, it is the side that the clause binds, whoever reports it.
    const { breach } = await done(
      court.admin,
      'findingReport',
      { ...found, dutyClause: '2.1.1' },
      'breach { owedBy }',
    )
    expect(breach.owedBy).toBe('PROVIDER')
  })
})

it('two sides that name the same amount on different days agree to it, though the price goes on by the day', async () => {
  const agreement = await court.agreement({ mode: 'PER_DAY', ratePercent: '0.1', capPercent: '10' })
  const { assessmentId } = await Missed.under(agreement)
  const amount = cny('3000.00')
  await court.pass(24 * 3)
  await done(court.admin, 'assessmentAgree', { assessmentId, amount })
  await court.pass(24 * 2)
  await done(court.signatory, 'assessmentAgree', { assessmentId, amount })
  expect(await court.price(assessmentId)).toMatchObject({
    ...{ state: 'AGREED', bookable: { amount: '3000.00' } },
  })
  expect(await court.brokenPromises()).toEqual([])
})

it('a clock that was taken for stopped goes on from when the question it waited for was withdrawn', async () => {
  const agreement = await court.agreement()
  const ticketId = await court.report(agreement)
  await done(court.admin, 'ticketRespond', { ticketId, text: 'We look' })
  await court.pass(1)
  await done(court.admin, 'ticketRequestInfo', { ticketId, text: 'Which version?' })
  await court.pass(10)
  await done(court.admin, 'ticketResolve', { ticketId })
  const query = `query ($id: ID!) { ticket(id: $id) { fixObligation { id state dueAt derivation { steps { code ordinal } } } } }`
  const read = async () => (await court.admin.ask(query, { id: ticketId })).ticket.fixObligation
  const { id, derivation } = await read()
  const stop = derivation.steps.find(({ code }: { code: string }) => code === 'STOPPED')
  const resolvedAt = court.now
  await court.pass(1)
  const correction = {
    obligationId: id,
    corrects: stop.ordinal,
    occurredAt: resolvedAt,
    evidence: 'It came back',
  }
  await done(court.admin, 'factCorrect', correction)
  // 24 hours, one of which had run, from the instant the question was withdrawn.
  expect(await read()).toMatchObject({
    state: 'RUNNING',
    dueAt: new Date(resolvedAt.getTime() + 23 * 3_600_000).toISOString(),
  })
})
