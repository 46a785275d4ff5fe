import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type AgreementHandle, World } from '../kit/world.js'
import { Desk } from './kit.js'

let world: World
let desk: Desk
let agreement: AgreementHandle

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world)
  agreement = await desk.customer.draft({ responseHours: '2', fixHours: '24' })
  const software = [
    { product: '智能客服 Desk', version: '7', environment: 'production' },
    { product: 'Search' },
  ]
  await done(desk.admin, 'coveredSoftwareSet', { agreementId: agreement.id, software })
  await agreement.submit()
  await agreement.signByBoth()
})
afterAll(() => world.close())

const SEEN = 'covered softwareStated { product version } software { product } obligations { kind state }'

describe('covered software (clause 1.2.1)', () => {
  it('a ticket on uncovered software has no clock', async () => {
    await desk.at('2026-03-02T10:00')
    const id = await desk.report({ software: { product: 'Paint', version: '3' } }, agreement.id)
    expect(await desk.see(id, SEEN)).toEqual({
      covered: false,
      softwareStated: { product: 'Paint', version: '3' },
      software: null,
      obligations: [],
    })
    await desk.at('2026-03-09T10:00')
    expect((await desk.admin.ask('{ breaches { totalCount } }')).breaches.totalCount).toBe(0)
    await desk.act('ticketRespond', id, { text: 'That is not ours.' })
    await desk.act('ticketResolve', id)
  })

  it('is found by its name, as people write it, and by version and environment where both say one', async () => {
    await desk.at('2026-03-10T10:00')
    const covered = async (software: object): Promise<boolean> =>
      (await desk.see(await desk.report({ software }, agreement.id), 'covered')).covered
    expect(await covered({ product: ' 智能客服  ｄｅｓｋ ' })).toBe(true)
    expect(await covered({ product: '智能客服 Desk', version: '7', environment: 'Production' })).toBe(true)
    expect(await covered({ product: '智能客服 Desk', version: '6' })).toBe(false)
    expect(await covered({ product: '智能客服 Desk', environment: 'staging' })).toBe(false)
    expect(await covered({ product: 'search', version: '12' })).toBe(true)
  })

  it('what names no software, or is under an agreement that lists none, has its clocks', async () => {
    await desk.at('2026-03-11T10:00')
    const unsaid = await desk.report({}, agreement.id)
    const unlisted = await desk.report({ software: { product: 'Paint' } })
    for (const id of [unsaid, unlisted])
      expect(await desk.see(id, 'covered obligations { state }')).toEqual({
        covered: true,
        obligations: [{ state: 'RUNNING' }, { state: 'RUNNING' }],
      })
  })

  it('that proves to be covered has its clocks from the original receipt, and that proves not to be has none', async () => {
    await desk.at('2026-03-12T10:00')
    const id = await desk.report({ software: { product: 'Dsek' } }, agreement.id)
    await desk.at('2026-03-12T11:00')
    await desk.act('ticketReclassify', id, { software: { product: '智能客服 Desk' } })
    expect(await desk.see(id)).toMatchObject({
      responseObligation: { state: 'RUNNING', dueAt: '2026-03-12T04:00:00.000Z' },
    })
    await desk.act('ticketReclassify', id, { software: { product: 'Paint' } })
    expect(await desk.see(id, 'covered responseObligation { state } fixObligation { state }')).toEqual({
      covered: false,
      responseObligation: { state: 'CANCELLED' },
      fixObligation: { state: 'CANCELLED' },
    })
    const filter = { covered: false, agreementId: agreement.id }
    const { tickets } = await desk.admin.ask(
      'query ($filter: TicketFilter) { tickets(filter: $filter) { nodes { covered } totalCount } }',
      { filter },
    )
    expect(tickets.totalCount).toBe(4)
  })

  it('is named by its id or in words, not both', async () => {
    const { currentVersion } = await agreement.read('currentVersion { coveredSoftware { id } }')
    const softwareId = currentVersion.coveredSoftware[0].id
    const { userErrors } = await desk.member.mutate('ticketReport', {
      ...{ agreementId: agreement.id, kind: 'FAULT', subject: 'Down' },
      ...{ softwareId, software: { product: 'Search' } },
    })
    expect(userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'software'], clause: '1.2.1' }])
  })
})

describe('custom work (clause 2.2.1.4)', () => {
  it('is ordered and billed by itself: no clock runs', async () => {
    await desk.at('2026-03-13T10:00')
    const id = await desk.report({ kind: 'CUSTOM_WORK' })
    expect(await desk.see(id, 'kind obligations { id } viewerActions')).toMatchObject({
      kind: 'CUSTOM_WORK',
      obligations: [],
    })
  })
})
