import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { type Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
})
afterAll(() => world.close())

describe('the term of an agreement (clause 1.3.1, Civil Code arts 201-202)', () => {
  it.each([
    [1, '2029-02-28', '2029-02-28T16:00:00.000Z'],
    [3, '2031-02-28', '2031-02-28T16:00:00.000Z'],
    [4, '2032-02-29', '2032-02-29T16:00:00.000Z'],
  ])('T8: sealed on 29 February 2028, %i years end with %s', async (termYears, endsOn, endsAt) => {
    const customer = await provider.customer()
    const agreement = await customer.draft({ termYears, serviceTermYears: termYears })
    await agreement.submit()
    await world.setClock('2028-02-29T10:15:00+08:00')
    await agreement.signByBoth()
    expect(await agreement.read('state effectiveOn endsOn endsAt')).toEqual({
      state: 'ACTIVE',
      effectiveOn: '2028-02-29',
      endsOn,
      endsAt,
    })
  })

  it("T9: a last seal after midnight in Shanghai is of the next day, though it's the day before in UTC", async () => {
    const customer = await provider.customer()
    const agreement = await customer.draft({ termYears: 1, serviceTermYears: 1 })
    await agreement.submit()
    await world.setClock('2026-03-31T16:30:00Z')
    await agreement.signByBoth()
    expect(await agreement.read('effectiveOn endsOn endsAt')).toEqual({
      effectiveOn: '2026-04-01',
      endsOn: '2027-04-01',
      endsAt: '2027-04-01T16:00:00.000Z',
    })
  })

  it('one side signs just before Shanghai midnight: it is in force by the other, on the day after', async () => {
    const customer = await provider.customer()
    const agreement = await customer.draft({ termYears: 1, serviceTermYears: 1 })
    const contentHash = await agreement.submit()
    const sign = async (at: string, caller: Caller): Promise<void> => {
      await world.freezeClock(at)
      await done(caller, 'agreementSign', { agreementId: agreement.id, contentHash })
    }
    await sign('2026-12-31T23:59:59.999+08:00', await provider.admin())
    expect((await agreement.read('state')).state).toBe('DRAFT')
    await sign('2027-01-01T00:00:00.000+08:00', await customer.signatory())
    expect(await agreement.read('effectiveAt effectiveOn endsOn')).toEqual({
      effectiveAt: '2026-12-31T16:00:00.000Z',
      effectiveOn: '2027-01-01',
      endsOn: '2028-01-01',
    })
  })
})
