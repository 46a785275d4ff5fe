import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { RawSocket } from '../kit/subscriber.js'
import { type AgreementHandle, Caller, type Provider, World } from '../kit/world.js'

let world: World
let provider: Provider
let admin: Caller
let agreement: AgreementHandle
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
  agreement = await (await provider.customer()).agreement()
})
afterAll(() => world.close())

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const claimsOf = (token: string): { jti: string; exp: number } =>
  JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
const agent = async (ttl = 3600): Promise<Caller> =>
  new Caller(world, await world.token({ tenant: provider.slug, role: ['AGENT'], ttl }))

/** A socket whose client reads nothing from now on, so that it never answers the close, and goes on sending. */
async function deafSocket(caller: Caller): Promise<RawSocket> {
  const socket = await new RawSocket(world).init({ authorization: `Bearer ${caller.token}` })
  onTestFinished(() => socket.socket.terminate())
  const { _socket: tcp } = socket.socket as unknown as { _socket: { pause(): void } }
  tcp.pause()
  return socket
}

const report = (): object => ({
  query: 'mutation ($input: TicketReportInput!) { ticketReport(input: $input) { userErrors { code } } }',
  variables: {
    input: {
      idempotencyKey: randomUUID(),
      agreementId: agreement.id,
      kind: 'FAULT',
      subject: 'after the end',
    },
  },
})
const ticketCount = async (): Promise<number> =>
  (await admin.ask('{ tickets { totalCount } }')).tickets.totalCount
/** Lines that say of what kind an operation was: each that ran has left one. */
const ran = (kind: string): number =>
  world.logged.filter(line => line.includes(`"caller":"${kind}"`) && line.includes('"msg":"operation"'))
    .length

async function goOn(socket: RawSocket, payload: () => object): Promise<void> {
  for (let id = 0; id < 5; id += 1) {
    socket.send({ id: `m${id}`, type: 'subscribe', payload: payload() })
    await pause(100)
  }
  await pause(300)
}

describe('a client that does not answer the close', () => {
  it('does nothing more with a token that was revoked', async () => {
    const revoked = await agent()
    const socket = await deafSocket(revoked)
    await admin.mutate('tokenRevoke', { tokenId: claimsOf(revoked.token).jti })
    await pause(1_000)
    expect((await revoked.send('{ viewer { id } }')).status).toBe(401)
    const before = [await ticketCount(), ran('staff')]
    await goOn(socket, report)
    // The count itself is the one operation that ran.
    expect([await ticketCount(), ran('staff')]).toEqual([before[0], (before[1] as number) + 1])
  })

  it('does nothing more with a token that expired', async () => {
    const short = await agent(2)
    const socket = await deafSocket(short)
    await pause(claimsOf(short.token).exp * 1000 - Date.now() + 20)
    const before = await ticketCount()
    await goOn(socket, report)
    expect(await ticketCount()).toBe(before)
  })

  it('does nothing more for an app that was disabled', async () => {
    const app = await provider.app('deaf', ['viewer:read'])
    const socket = await deafSocket(app)
    await world.sqlAsSuperuser(`update apps set disabled_at = surety_now() where client_id = 'deaf'`)
    await pause(1_000)
    await goOn(socket, () => ({ query: '{ viewer { id } }' }))
    expect(ran('app')).toBe(0)
  })

  it('does nothing more after a message that ended the socket', async () => {
    const member = await (await provider.customer()).user('MEMBER')
    const socket = await deafSocket(member)
    const before = ran('customer')
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer { id } }' } })
    await pause(200)
    socket.send('hello')
    await goOn(socket, () => ({ query: '{ viewer { id } }' }))
    expect(ran('customer')).toBe(before + 1)
  })
})
