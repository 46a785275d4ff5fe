import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import type { AgreementHandle } from '../kit/world.js'
import { Court } from './kit.js'

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

/** The response of a ticket: due two hours after it was reported. */
async function response(ticketId: string): Promise<string> {
  const query = 'query ($id: ID!) { ticket(id: $id) { responseObligation { id } } }'
  return (await court.admin.ask(query, { id: ticketId })).ticket.responseObligation.id
}

const AFTER = `obligation { state derivation { steps { code fact at } } } breach { state occurredAt curedAt acts { kind side } }
  assessment { state total { amount } change { amount } }`

async function breachEvents(agreement: AgreementHandle) {
  const rows = await court.world.journal(court.provider.tenantId, agreement.uuid)
  return rows.filter(({ type }) => type.startsWith('breach.') && type !== 'breach.detected')
}

describe('a fact that is learnt after the verdict', () => {
  it('withdraws a miss that was none: a response by telephone, recorded the next day, gives its share of the cap back', async () => {
    const agreement = await court.agreement({ capPercent: '5' })
    const reported = court.now
    const ticketId = await court.report(agreement)
    await court.pass(1)
    await court.report(agreement)
    await court.pass(3)
    await court.world.ringDue()
    expect(await court.totals(agreement)).toEqual(['1200000', '0'])
    await court.pass(16)
    const occurredAt = new Date(reported.getTime() + 65 * 60_000).toISOString()
    const call = {
      obligationId: await response(ticketId),
      fact: 'STOPPED',
      occurredAt,
      evidence: 'Call log 10:05',
    }
    const corrected = await done(court.admin, 'factCorrect', call, AFTER)
    expect(corrected).toMatchObject({
      obligation: { state: 'MET' },
      breach: { state: 'WITHDRAWN', acts: [{ kind: 'CORRECTED', side: 'PROVIDER' }] },
      assessment: { state: 'RELEASED', total: { amount: '0.00' }, change: { amount: '-12000.00' } },
    })
    const codes = corrected.obligation.derivation.steps.map((step: { code: string }) => step.code)
    expect(codes).toEqual(expect.arrayContaining(['STARTED', 'DUE', 'MISSED', 'CORRECTED']))
    expect(await court.totals(agreement)).toEqual(['0', '1200000'])
    expect(await breachEvents(agreement)).toMatchObject([
      { type: 'breach.withdrawn', data: { before: { state: 'MISSED' }, after: { state: 'MET' } } },
    ])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('keeps a miss that was made good late, and finds it again where the withdrawal was wrong', async () => {
    const agreement = await court.agreement()
    const reported = court.now
    const ticketId = await court.report(agreement)
    await court.pass(4)
    await court.world.ringDue()
    const obligationId = await response(ticketId)
    const late = new Date(reported.getTime() + 3 * 3_600_000).toISOString()
    const made = await done(
      court.admin,
      'factCorrect',
      { obligationId, fact: 'STOPPED', occurredAt: late, evidence: 'A call' },
      AFTER,
    )
    expect(made).toMatchObject({
      ...{ obligation: { state: 'MISSED' }, breach: { state: 'DETECTED', curedAt: late } },
      assessment: { state: 'INDICATIVE', total: { amount: '12000.00' } },
    })
    const early = new Date(reported.getTime() + 3_600_000).toISOString()
    const ordinal = await stepOf(obligationId)
    const input = { obligationId, fact: 'STOPPED', corrects: ordinal, evidence: 'The log' }
    const withdrawn = await done(court.admin, 'factCorrect', { ...input, occurredAt: early }, AFTER)
    expect(withdrawn.breach.state).toBe('WITHDRAWN')
    const again = await done(court.admin, 'factCorrect', { ...input, occurredAt: late }, AFTER)
    expect(again).toMatchObject({
      ...{ obligation: { state: 'MISSED' }, breach: { state: 'DETECTED' } },
      assessment: { state: 'INDICATIVE', total: { amount: '12000.00' }, change: { amount: '12000.00' } },
    })
    expect(await court.breaches(agreement)).toHaveLength(1)
    expect((await breachEvents(agreement)).map(({ type }) => type)).toEqual([
      ...['breach.revised', 'breach.withdrawn', 'breach.revised'],
    ])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('that shows a miss nobody knew of is a breach like any other', async () => {
    const agreement = await court.agreement()
    const reported = court.now
    const ticketId = await court.report(agreement)
    await court.pass(1)
    await done(court.admin, 'ticketRespond', { ticketId, text: 'On it' })
    await court.pass(3)
    const obligationId = await response(ticketId)
    const corrected = await done(
      court.admin,
      'factCorrect',
      {
        ...{
          obligationId,
          fact: 'STOPPED',
          corrects: await stepOf(obligationId),
          evidence: 'Sent by a machine',
        },
        occurredAt: new Date(reported.getTime() + 3 * 3_600_000).toISOString(),
      },
      AFTER,
    )
    expect(corrected).toMatchObject({
      ...{ obligation: { state: 'MISSED' }, breach: { state: 'DETECTED' } },
      assessment: { state: 'INDICATIVE', total: { amount: '12000.00' } },
    })
    expect(await court.brokenPromises()).toEqual([])
  })
})

/** Its first stop, among the clock's events. */
async function stepOf(obligationId: string): Promise<number> {
  const query = 'query ($id: ID!) { obligation(id: $id) { derivation { steps { code fact ordinal } } } }'
  const { steps } = (await court.admin.ask(query, { id: obligationId })).obligation.derivation
  return steps.find(
    ({ code, fact }: { code: string; fact: string | null }) => code === 'STOPPED' || fact === 'STOPPED',
  ).ordinal
}
