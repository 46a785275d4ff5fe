import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NewObligation, startObligation } from '../../src/obligations/index.js'
import { systemSession } from '../../src/persistence/index.js'
import { newUuid, uuidOf } from '../../src/platform/ids.js'
import { SYSTEM_ACTOR } from '../../src/tenancy/index.js'
import { done } from '../kit/done.js'
import type { AgreementHandle } from '../kit/world.js'
import { replayed } from '../obligations/kit.js'
import { Court } from './kit.js'

let court: Court
beforeAll(async () => {
  court = await Court.open()
})
afterAll(() => court?.world.close())

const CLOCK = 'state derivation { steps { code evidence breach { id } } } breach { id state }'

/** The provider's secrecy (clause 4.2.1) on a clock of so many years, by the function that a room uses. */
async function secrecy(agreement: AgreementHandle, count = 2): Promise<string> {
  const { currentVersion } = await agreement.read('currentVersion { id }')
  const duty: NewObligation = {
    customerId: uuidOf('cus', court.customer.id) as string,
    agreementId: agreement.uuid,
    versionId: uuidOf('agv', currentVersion.id) as string,
    clause: '4.2.1',
    kind: 'CONFIDENTIALITY',
    owedBy: 'PROVIDER',
    nature: 'FORBEARANCE',
    subject: { kind: 'agr', id: newUuid() },
    startedAt: court.now,
    deadline: { unit: 'YEARS', count, place: { timeZone: 'Asia/Shanghai', jurisdiction: 'CN' } },
  }
  const started = await court.world.database.write(systemSession(court.provider.tenantId), operation =>
    startObligation(operation, duty, SYSTEM_ACTOR),
  )
  return `obl_${started.id}`
}

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const see = async (id: string): Promise<any> =>
  (await court.admin.ask(`query ($id: ID!) { obligation(id: $id) { ${CLOCK} } }`, { id })).obligation

async function leak(agreement: AgreementHandle, evidence: string, hoursAgo = 1): Promise<string> {
  const occurredAt = new Date(court.now.getTime() - hoursAgo * 3_600_000).toISOString()
  const input = { agreementId: agreement.id, dutyClause: '4.2.1', occurredAt, description: 'It leaked' }
  return (await done(court.signatory, 'findingReport', { ...input, evidence }, 'breach { id }')).breach.id
}

async function decide(breachId: string, outcome: 'breachUphold' | 'breachReject'): Promise<void> {
  await court.bring(breachId, 'breachConfirm', 'breachNotify', 'breachDispute')
  await done(court.admin, outcome, { breachId, basis: 'AWARD', document: 'Award No. 7' })
}

const told = async (agreement: AgreementHandle): Promise<string[]> =>
  (await court.world.journal(court.provider.tenantId, agreement.uuid))
    .map(({ type }) => type)
    .filter(type => /^(obligation|breach)\./.test(type))

describe('a finding that a forbearance was broken', () => {
  it('breaks its clock: one breach, and the derivation names the finding', async () => {
    const agreement = await court.agreement()
    const id = await secrecy(agreement)
    await court.pass(48)
    const breachId = await leak(agreement, 'A screenshot')
    expect(await see(id)).toMatchObject({
      state: 'MISSED',
      derivation: {
        steps: [
          { code: 'STARTED', breach: null },
          { code: 'DUE' },
          { code: 'BROKEN', evidence: 'A screenshot', breach: { id: breachId } },
        ],
      },
      breach: { id: breachId, state: 'DETECTED' },
    })
    expect(await court.breaches(agreement)).toMatchObject([
      { id: breachId, obligation: { kind: 'CONFIDENTIALITY' } },
    ])
    expect(await told(agreement)).toEqual(['obligation.started', 'obligation.missed', 'breach.detected'])
    expect(await court.brokenPromises()).toEqual([])
  })

  it('before its start or past its end, of another clause or of the other side leaves it alone', async () => {
    const agreement = await court.agreement()
    await court.pass(48)
    const id = await secrecy(agreement)
    await leak(agreement, 'From before')
    const occurredAt = court.now.toISOString()
    const finding = { agreementId: agreement.id, occurredAt, description: 'It leaked', evidence: 'E' }
    await done(court.admin, 'findingReport', { ...finding, dutyClause: '4.2.1', owedBy: 'CUSTOMER' })
    await done(court.signatory, 'findingReport', { ...finding, dutyClause: '4.1.1' })
    expect(await see(id)).toMatchObject({ state: 'RUNNING', breach: null })
    await court.pass(24 * 800)
    await court.world.ringDue()
    await leak(agreement, 'From after')
    expect(await see(id)).toMatchObject({ state: 'MET', breach: null })
  })

  it('that a decision rejects broke nothing: the clock runs on, or was kept; a later one breaks it anew', async () => {
    const agreement = await court.agreement()
    const id = await secrecy(agreement)
    await court.pass(48)
    const first = await leak(agreement, 'A rumour')
    await decide(first, 'breachReject')
    const after = await see(id)
    expect(after).toMatchObject({ state: 'RUNNING', breach: { id: first, state: 'REJECTED' } })
    expect(after.derivation.steps.at(-1)).toMatchObject({ code: 'CORRECTED', evidence: 'Award No. 7' })
    expect((await told(agreement)).slice(-2)).toEqual(['obligation.corrected', 'breach.rejected'])
    const second = await leak(agreement, 'A server log')
    expect(await see(id)).toMatchObject({ state: 'MISSED', breach: { id: second, state: 'DETECTED' } })
    await court.pass(24 * 800)
    await court.world.ringDue()
    await decide(second, 'breachReject')
    await court.world.ringDue()
    expect((await see(id)).state).toBe('MET')
    expect(await court.brokenPromises()).toEqual([])
  })

  it('is one of several: it stays missed while any of them stands', async () => {
    const agreement = await court.agreement()
    const id = await secrecy(agreement)
    await court.pass(48)
    const [later, earlier] = [await leak(agreement, 'One', 2), await leak(agreement, 'Other', 20)]
    expect((await see(id)).breach.id).toBe(earlier)
    await decide(earlier, 'breachReject')
    expect(await see(id)).toMatchObject({ state: 'MISSED', breach: { id: later } })
    expect((await told(agreement)).filter(type => type === 'obligation.missed')).toHaveLength(1)
    await decide(later, 'breachReject')
    expect((await see(id)).state).toBe('RUNNING')
  })

  it('that is corrected away is withdrawn, and moved where it happened at another time', async () => {
    const agreement = await court.agreement()
    const id = await secrecy(agreement)
    await court.pass(48)
    const breachId = await leak(agreement, 'One')
    const earlier = new Date(court.now.getTime() - 7_200_000).toISOString()
    const input = { obligationId: id, corrects: 1, evidence: 'The log' }
    const moved = await done(
      court.admin,
      'factCorrect',
      { ...input, fact: 'BROKEN', occurredAt: earlier },
      'obligation { state } breach { id state occurredAt }',
    )
    expect(moved).toEqual({
      obligation: { state: 'MISSED' },
      breach: { id: breachId, state: 'DETECTED', occurredAt: earlier },
      userErrors: [],
    })
    const gone = await done(
      court.admin,
      'factCorrect',
      { ...input, occurredAt: earlier },
      'obligation { state } breach { id state }',
    )
    expect(gone).toMatchObject({
      obligation: { state: 'RUNNING' },
      breach: { id: breachId, state: 'WITHDRAWN' },
    })
    expect((await told(agreement)).slice(-2)).toEqual(['obligation.corrected', 'breach.withdrawn'])
    expect(await court.brokenPromises()).toEqual([])
  })
})

it('each of these clocks is what its events tell', async () => {
  for (const { stored, told: tells } of await replayed(court.world)) expect(tells).toEqual(stored)
})
