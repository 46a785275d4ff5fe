import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, World } from '../kit/world.js'

let world: World
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  admin = await (await world.provider()).admin()
})
afterAll(() => world.close())

/** Who calls is no part of the audits, and must be known here before anything is read. */
const auditsBy = (authorization: () => string) =>
  serverAudits({
    url: () => `${world.address}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: authorization() } }),
  })
const audits = auditsBy(() => `Bearer ${admin.token}`)

describe('GraphQL over HTTP, by graphql-http’s audits', () => {
  it.each(audits.map(audit => [audit.id, audit.name, audit] as const))(
    '%s: %s',
    async (_id, _name, audit) => {
      const result = await audit.fn()
      expect(result).toMatchObject({ status: 'ok' })
    },
  )

  it('are all 61 of them, and see what is wrong: asked by nobody, they fail', async () => {
    expect(audits).toHaveLength(61)
    const kinds = audits.map(({ name }) => name.split(' ', 1)[0])
    expect(new Set(kinds)).toEqual(new Set(['MUST', 'SHOULD', 'MAY']))
    const [first] = auditsBy(() => 'Bearer none')
    expect(await first?.fn()).toMatchObject({ status: 'warn' })
  })
})
