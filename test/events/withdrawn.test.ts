import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { done } from '../kit/done.js'
import { RawStream } from '../kit/event-stream.js'
import { agreementSignedBy, decide, Partner, PARTNER_SCOPES, personOf } from '../kit/partners.js'
import { RawSocket } from '../kit/subscriber.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'

/** bars.md, Trust 14. */
const WITHIN_MS = 1_000

let world: World
let provider: Provider
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  admin = await provider.admin()
})
afterAll(() => world.close())

const NAME = 'Lin Mei'
const SIGNED = 'currentVersion { signatures { signatory { name } } } customer { id } number'
const SUBSCRIPTION = `subscription { events { id typeName agreement { id ${SIGNED} } } }`

/** An app that sees two agreements of a customer and a person's name, by every way there is, and still holds them open. */
interface Watcher {
  partner: Partner
  caller: Caller
  customer: Customer
  person: string
  authorizationId: string
  consentId: string
  /** Cursors that earlier pages gave it. */
  page: string
  place: string
  agreementId: string
  socket: RawSocket
  stream: RawStream
}

async function watcher(): Promise<Watcher> {
  const customer = await provider.customer()
  const person = await personOf(customer, NAME)
  await customer.agreement()
  const agreementId = await agreementSignedBy(customer, person)
  const partner = await Partner.register(provider, { scopes: [...PARTNER_SCOPES, 'event:read'] })
  const operations = ['READ', 'SUBSCRIBE']
  const authorizationId = await partner.authorizedBy(customer, ['CONTRACT', 'CONTACT'], { operations })
  const consentId = await partner.asks(customer, person)
  await decide(customer, 'consentGrant', consentId)
  const caller = await partner.caller()
  const first = await caller.ask(
    '{ agreements(first: 1) { pageInfo { endCursor } } events(first: 1) { resumeCursor } }',
  )
  const socket = await new RawSocket(world).init({ authorization: `Bearer ${caller.token}` })
  const stream = RawStream.of(caller, { query: SUBSCRIPTION })
  onTestFinished(() => {
    socket.socket.terminate()
    stream.cut()
  })
  socket.send({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } })
  await stream.opened()
  const watching = {
    ...{ partner, caller, customer, person, authorizationId, consentId, agreementId, socket, stream },
    ...{ page: first.agreements.pageInfo.endCursor, place: first.events.resumeCursor },
  }
  // It does see them, by all of its ways.
  await happens(watching)
  await expect.poll(() => heard(watching), { timeout: 5_000 }).toMatch(NAME)
  expect(await asked(watching)).toMatch(NAME)
  return watching
}

/** Something that it's told of, if it may be. */
async function happens({ agreementId }: Pick<Watcher, 'agreementId'>): Promise<void> {
  const target = { agreementId, scopes: ['BACKUP'] }
  await done(admin, 'agreementSuspend', { ...target, reason: 'a pause' })
  await done(admin, 'agreementResume', target)
}

/** What came by its open subscriptions. */
const heard = ({ socket, stream }: Watcher): string =>
  JSON.stringify(socket.messages.filter(each => each.type === 'next')) +
  JSON.stringify(stream.messages.filter(each => each.data?.data))

/** What it is answered: lists, pages that it knows the cursor of, and nodes by their ids. */
async function asked({ caller, agreementId, person, page, place }: Watcher): Promise<string> {
  const { text } = await caller.send(
    `query ($id: ID!, $person: ID!, $page: String, $place: EventCursor) {
       agreements { nodes { id ${SIGNED} } }
       page: agreements(first: 1, after: $page) { nodes { id ${SIGNED} } }
       agreement(id: $id) { id ${SIGNED} }
       node(id: $person) { ... on Person { name } }
       events(after: $place, first: 100) { nodes { id typeName agreement { id } } } }`,
    { id: agreementId, person, page, place },
  )
  return text
}

/** What ends, and what of all that it saw must be gone. */
const ENDS: [what: string, end: (of: Watcher) => Promise<unknown>, gone: (of: Watcher) => string[]][] = [
  [
    'its token is revoked',
    ({ caller }) =>
      done(admin, 'tokenRevoke', { tokenId: (jwt.decode(caller.token) as { jti: string }).jti }),
    ({ agreementId }) => [agreementId, NAME],
  ],
  [
    'the app is disabled',
    ({ partner }) => done(admin, 'appDisable', { appId: partner.id }),
    ({ agreementId }) => [agreementId, NAME],
  ],
  [
    'the customer revokes the authorisation',
    async ({ customer, authorizationId }) =>
      done(await customer.signatory(), 'disclosureRevoke', { disclosureAuthorizationId: authorizationId }),
    ({ agreementId }) => [agreementId, NAME],
  ],
  [
    'the person withdraws the consent',
    ({ customer, consentId }) => decide(customer, 'consentWithdraw', consentId),
    () => [NAME],
  ],
]

describe('what an app may see no more leaves by no way within a second, when', () => {
  it.each(ENDS)('%s', async (_what, end, gone) => {
    const watching = await watcher()
    await end(watching)
    await new Promise(resolve => setTimeout(resolve, WITHIN_MS))
    watching.socket.messages.length = 0
    watching.stream.text = ''
    await happens(watching)
    const answered = await asked(watching)
    await new Promise(resolve => setTimeout(resolve, WITHIN_MS / 2))
    for (const what of gone(watching)) expect(answered + heard(watching)).not.toContain(what)
  })
})
