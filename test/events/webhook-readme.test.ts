import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { done } from '../kit/done.js'
import { type Arrival, Receiver } from '../kit/receiver.js'
import { World } from '../kit/world.js'

const root = join(import.meta.dirname, '../..')

/** The example of README, as somebody would copy it: a file of its own beside the packages. */
function example(): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const program = [...readme.matchAll(/^```js\n([^]*?)^```$/gm)]
    .map(([, block]) => block as string)
    .find(block => block.startsWith('// receive.mjs\n'))
  if (!program) throw new Error('README has no receive.mjs')
  return program
}

it("README's receiver takes each event once and in order, whatever comes again, and nothing that isn't genuine", async () => {
  expect(example().trim().split('\n').length).toBeLessThanOrEqual(25)
  const world = await World.forTest({ privateHosts: ['127.0.0.1'] })
  const provider = await world.provider()
  const [admin, agreement] = [await provider.admin(), await (await provider.customer()).agreement()]
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/hooks`
  const { eventCursor: after } = await admin.ask('{ eventCursor }')
  const created = await done(admin, 'webhookEndpointCreate', { url, after }, 'webhookEndpoint { id } secret')
  const said = start(created.secret, port)
  for (const scope of ['BACKUP', 'UPGRADE']) {
    await done(admin, 'agreementSuspend', { agreementId: agreement.id, scopes: [scope], reason: 'Works' })
    await done(admin, 'agreementResume', { agreementId: agreement.id, scopes: [scope] })
  }
  await vi.waitFor(async () => expect((await fetch(url).catch(() => null))?.status).toBe(400), 10_000)
  await world.deliverWebhooks()
  const expected = ['agreement.suspended', 'agreement.resumed', 'agreement.suspended', 'agreement.resumed']
  await vi.waitFor(() => expect(said()).toEqual(expected), 10_000)
  await done(admin, 'webhookReplay', { webhookEndpointId: created.webhookEndpoint.id, after })
  await world.deliverWebhooks()
  const { webhookDeliveries } = await admin.ask(
    '{ webhookDeliveries(filter: { state: [DELIVERED] }) { totalCount } }',
  )
  expect(webhookDeliveries.totalCount).toBe(8)
  expect(said()).toEqual(expected)
  // What somebody else sends, or what was changed on the way.
  const listening = await Receiver.for(admin, { after })
  await world.deliverWebhooks()
  const [{ text, headers }] = listening.arrivals as [Arrival]
  const { status } = await fetch(url, { method: 'POST', body: text, headers: signed(headers) })
  expect(status).toBe(400)
  expect(said()).toEqual(expected)
})

it('and leaves out nothing whose subject it may not see', async () => {
  const world = await World.forTest({ privateHosts: ['127.0.0.1'] })
  const provider = await world.provider()
  const [admin, customer] = [await provider.admin(), await provider.customer()]
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/hooks`
  const service = await provider.service(['event:read', 'webhook:write'])
  const [one, other] = [await customer.agreement(), await customer.agreement()]
  const created = await done(service, 'webhookEndpointCreate', { url }, 'secret')
  const said = start(created.secret, port)
  const target = { agreementId: one.id, scopes: ['BACKUP'] }
  await done(admin, 'agreementSuspend', { ...target, reason: 'Works' })
  await done(admin, 'agreementResume', target)
  await done(admin, 'agreementSuspend', { ...target, agreementId: other.id, reason: 'Works' })
  await vi.waitFor(async () => expect((await fetch(url).catch(() => null))?.status).toBe(400), 10_000)
  await world.deliverWebhooks()
  const expected = ['agreement.suspended', 'agreement.resumed', 'agreement.suspended']
  await vi.waitFor(() => expect(said()).toEqual(expected), 10_000)
})

const signed = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('webhook-')))

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Starts it; answers the types that it said it acted on. */
function start(secret: string, port: number): () => string[] {
  const folder = mkdtempSync(join(tmpdir(), 'surety-hook-'))
  writeFileSync(join(folder, 'receive.mjs'), example())
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  let output = ''
  const child: ChildProcess = spawn(process.execPath, ['receive.mjs'], {
    cwd: folder,
    env: { PATH: process.env.PATH, WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout?.on('data', data => (output += data))
  onTestFinished(() => {
    child.kill()
    rmSync(folder, { recursive: true })
  })
  return () => output.split('\n').flatMap(line => line.split(' ')[0] || [])
}
