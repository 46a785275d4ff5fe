import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done } from '../kit/done.js'
import { decide, Partner } from '../kit/partners.js'
import { type Caller, World } from '../kit/world.js'
import { Desk } from './kit.js'

let world: World
let desk: Desk

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world)
  await world.setClock(new Date())
})
afterAll(() => world.close())

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
/** Links name the public address; the world listens elsewhere. */
const here = (url: string): string => new URL(new URL(url).pathname, world.address).href
const put = (url: string, body: Buffer): Promise<Response> => fetch(here(url), { method: 'PUT', body })

async function announce(
  ticketId: string,
  bytes: Buffer,
  others: object = {},
  caller: Caller = desk.member,
): Promise<{ uploadUrl: string; uploadExpiresAt: string; attachment: { id: string; state: string } }> {
  const file = {
    fileName: '截图 1.png',
    contentType: 'image/png',
    byteSize: bytes.length,
    sha256: hashOf(bytes),
  }
  const selection = 'uploadUrl uploadExpiresAt attachment { id state url urlExpiresAt }'
  return done(caller, 'attachmentUploadCreate', { ticketId, ...file, ...others }, selection)
}

const SEEN =
  'attachments { totalCount nodes { id fileName contentType byteSize sha256 state url urlExpiresAt } }'

describe('a file on a ticket', () => {
  it('is announced, sent under a link that is good once, and fetched under one that expires', async () => {
    const ticketId = await desk.report()
    // Longer than one part of a row.
    const bytes = randomBytes(2_500_000)
    const { uploadUrl, attachment } = await announce(ticketId, bytes)
    expect(attachment).toMatchObject({ state: 'PENDING', url: null, urlExpiresAt: null })
    const sent = await put(uploadUrl, bytes)
    expect(sent.status).toBe(204)
    expect((await put(uploadUrl, bytes)).status).toBe(410)
    const { attachments } = await desk.see(ticketId, SEEN)
    expect(attachments).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          id: attachment.id,
          fileName: '截图 1.png',
          contentType: 'image/png',
          byteSize: 2_500_000,
          sha256: hashOf(bytes),
          state: 'STORED',
          urlExpiresAt: expect.any(String),
        },
      ],
    })
    const got = await fetch(here(attachments.nodes[0].url))
    expect(got.status).toBe(200)
    expect(hashOf(Buffer.from(await got.arrayBuffer()))).toBe(hashOf(bytes))
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '2500000',
      'content-disposition': `attachment; filename*=UTF-8''%E6%88%AA%E5%9B%BE%201.png`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
    const types = (await world.journal(desk.provider.tenantId, desk.agreement.uuid)).map(row => row.type)
    expect(types.filter(type => type === 'attachment.stored')).toHaveLength(1)
  })

  it('that is not what was announced is not kept, and may be sent again', async () => {
    const ticketId = await desk.report()
    const bytes = Buffer.from('the log of today')
    const { uploadUrl, attachment } = await announce(ticketId, bytes)
    for (const other of [
      Buffer.from('the log of to'),
      Buffer.from('the log of todaz'),
      randomBytes(1_000_000),
    ]) {
      const refused = await put(uploadUrl, other)
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    }
    const kept = 'select count(*)::int as count from attachment_parts where attachment_id = $1'
    const rows = await world.sqlAsSuperuser(kept, [attachment.id.slice(4)])
    expect(rows).toEqual([{ count: 0 }])
    expect((await put(uploadUrl, bytes)).status).toBe(204)
  })

  it('has links that nobody can forge or use past their time', async () => {
    const ticketId = await desk.report()
    const bytes = Buffer.from('once')
    const { uploadUrl } = await announce(ticketId, bytes)
    const late = await announce(ticketId, bytes)
    await put(uploadUrl, bytes)
    const { attachments } = await desk.see(ticketId, SEEN)
    const { url } = attachments.nodes.find((each: { state: string }) => each.state === 'STORED')
    const forged = [
      `${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`,
      `${world.address}/files/x`,
      uploadUrl,
    ]
    for (const address of forged) expect((await fetch(here(address))).status).toBe(404)
    expect((await put(url, bytes)).status).toBe(404)
    await world.setClock(new Date(Date.now() + 10 * 60 * 1000 + 5_000))
    expect((await fetch(here(url))).status).toBe(410)
    expect((await put(late.uploadUrl, bytes)).status).toBe(410)
    await world.setClock(new Date())
  })

  it('that is announced and never sent is forgotten an hour after its link ended, and what was sent is not', async () => {
    const ticketId = await desk.report()
    const bytes = Buffer.from('once')
    const { uploadUrl, attachment } = await announce(ticketId, bytes)
    const clientId = randomUUID()
    const unsent = await announce(ticketId, bytes, { clientId })
    expect((await put(uploadUrl, bytes)).status).toBe(204)
    const announced = Date.now()
    const shown = async (minutes: number): Promise<string[]> => {
      await world.setClock(new Date(announced + minutes * 60_000))
      await world.ringDue()
      const { attachments } = await desk.see(ticketId, SEEN)
      return attachments.nodes.map(({ id }: { id: string }) => id).sort()
    }
    const both = [attachment.id, unsent.attachment.id].sort()
    expect([await shown(11), await shown(69), await shown(71)]).toEqual([both, both, [attachment.id]])
    const { node } = await desk.admin.ask('query ($id: ID!) { node(id: $id) { id } }', {
      id: unsent.attachment.id,
    })
    expect(node).toBeNull()
    // Its own id is free again: whoever comes back announces it anew.
    expect((await announce(ticketId, bytes, { clientId })).attachment.state).toBe('PENDING')
    await world.setClock(new Date())
  })

  it('takes an id made offline, and answers a repeated announcement with the same attachment', async () => {
    const ticketId = await desk.report()
    const bytes = Buffer.from('again')
    const given = { idempotencyKey: randomUUID(), clientId: randomUUID() }
    const [first, second] = [await announce(ticketId, bytes, given), await announce(ticketId, bytes, given)]
    expect(second.attachment).toEqual(first.attachment)
    expect((await put(second.uploadUrl, bytes)).status).toBe(204)
    const third = await announce(ticketId, bytes, given)
    expect(third).toMatchObject({ uploadUrl: null, uploadExpiresAt: null, attachment: { state: 'STORED' } })
  })

  it('refuses what is no file that can be kept, field by field', async () => {
    const ticketId = await desk.report()
    const file = { fileName: 'a.png', contentType: 'image/png', byteSize: 4, sha256: 'a'.repeat(64) }
    const refusals = {
      fileName: ['', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(256)],
      contentType: ['png', 'image/png; x=1', 'IMAGE/PNG', 'text/html\r\nx: y'],
      byteSize: [0, -1, 10_000_001],
      sha256: ['A'.repeat(64), 'a'.repeat(63)],
    }
    for (const [field, values] of Object.entries(refusals))
      for (const value of values) {
        const input = { ticketId, ...file, [field]: value }
        const { userErrors } = await desk.member.mutate('attachmentUploadCreate', input)
        expect(userErrors, `${field} ${value}`).toMatchObject([{ field: ['input', field] }])
      }
    expect((await desk.see(ticketId, SEEN)).attachments.totalCount).toBe(0)
  })

  it("is nothing to another customer, nor to its caller's link", async () => {
    const ticketId = await desk.report()
    const bytes = Buffer.from('ours')
    const { uploadUrl, attachment } = await announce(ticketId, bytes)
    await put(uploadUrl, bytes)
    const stranger = await (await desk.provider.customer()).user('MEMBER')
    const { node } = await stranger.ask('query ($id: ID!) { node(id: $id) { id } }', { id: attachment.id })
    expect(node).toBeNull()
  })
})

describe('to a third party', () => {
  it('a file is open only under an authorisation for ATTACHMENT and the consent of who reported', async () => {
    const scopes = ['ticket:read', 'customer:read']
    const partner = await Partner.register(desk.provider, { scopes })
    const input = { customerId: desk.customer.id, name: 'Reporter', email: 'r@example.com' }
    const { person } = await done(desk.admin, 'personUpsert', input, 'person { id }')
    const ticketId = await desk.report({ reporterId: person.id })
    const bytes = Buffer.from('personal')
    await put((await announce(ticketId, bytes)).uploadUrl, bytes)
    await partner.authorizedBy(desk.customer, ['TICKET'])
    const look = async (): Promise<{
      ticket: { attachments: { nodes: Record<string, unknown>[] } | null }
    }> =>
      (await partner.caller()).ask(
        'query ($id: ID!) { ticket(id: $id) { attachments { nodes { fileName url redactions { field reason category } } } } }',
        { id: ticketId },
      )
    expect((await look()).ticket.attachments).toBeNull()
    await partner.authorizedBy(desk.customer, ['ATTACHMENT'])
    expect((await look()).ticket.attachments?.nodes).toEqual([
      {
        fileName: null,
        url: null,
        redactions: [
          { field: 'fileName', reason: 'NO_CONSENT', category: 'ATTACHMENT' },
          { field: 'url', reason: 'NO_CONSENT', category: 'ATTACHMENT' },
        ],
      },
    ])
    const consent = await partner.asks(desk.customer, person.id, { categories: ['ATTACHMENT'] })
    await decide(desk.customer, 'consentGrant', consent)
    const [open] = (await look()).ticket.attachments?.nodes ?? []
    expect(open).toMatchObject({ fileName: '截图 1.png', redactions: [] })
    const got = await fetch(here(open?.url as string))
    expect(await got.text()).toBe('personal')
    const { disclosures } = await desk.admin.ask('{ disclosures { nodes { categories } } }')
    expect(disclosures.nodes[0].categories).toEqual(['ATTACHMENT'])
    // A link that was given before is worth nothing once the person has withdrawn.
    await decide(desk.customer, 'consentWithdraw', consent)
    expect((await fetch(here(open?.url as string))).status).toBe(404)
  })
})
