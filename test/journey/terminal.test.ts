import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { until } from '../kit/subscriber.js'
import { type Provider, World } from '../kit/world.js'

const { cli, remove } = compiled()
afterAll(remove)

const { PATH = '', HOME = '' } = process.env
const run = promisify(execFile)

describe('surety journey', () => {
  it('tells each step, leaves nothing behind, and minds no setting of the environment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    // Nothing answers at this address: who went there would fail.
    const elsewhere = {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      SURETY_MASTER_KEY: 'x',
      PORT: '1',
    }
    const { stdout } = await run(process.execPath, [cli, 'journey'], {
      env: { PATH, HOME, TMPDIR: folder, ...elsewhere },
    })
    expect(stdout.match(/^\d\. .*$/gm)).toEqual([
      '1. An agreement in force',
      '2. A fault, and a fix that comes too late',
      '3. An invoice and its payment',
      '4. A backup, and one that nobody makes',
      '5. A third party and what it may see',
    ])
    expect(stdout).toContain('"total":{"amount":"12000.00","currency":"CNY"}')
    expect(stdout).toMatch(/Everything held\..*\n$/)
    expect(readdirSync(folder)).toEqual([])
  }, 120_000)
})

/** `surety watch`, and what it has printed. */
function watching(...options: string[]): {
  child: ChildProcess
  lines: () => string[]
  code: Promise<number>
} {
  const child = spawn(process.execPath, [cli, 'watch', ...options], { env: { PATH, HOME } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  child.stdout.on('data', data => {
    printed += String(data)
  })
  const code = new Promise<number>(resolve => child.on('exit', exit => resolve(exit ?? -1)))
  return { child, lines: () => printed.trim().split('\n').filter(Boolean), code }
}

/** A breach of the response clock, from now back. */
async function breach(world: World, provider: Provider): Promise<void> {
  const customer = await provider.customer()
  const agreement = await customer.agreement({ responseHours: '2' })
  const member = await customer.user('MEMBER')
  const { ticket } = await member.mutate(
    'ticketReport',
    { agreementId: agreement.id, kind: 'FAULT', subject: 'Down' },
    'ticket { responseObligation { dueAt } }',
  )
  await world.setClock(new Date(Date.parse(ticket.responseObligation.dueAt) + 1))
}

describe('surety watch', () => {
  it('prints a breach as one line, also one that came before it did, and leaves when told to', async () => {
    const world = await World.forTest()
    const server = await SuretyProcess.start(cli, world)
    onTestFinished(() => server.stop())
    const provider = await world.provider()
    const admin = await provider.admin()
    const { eventCursor } = await admin.ask('{ eventCursor }')
    await breach(world, provider)
    await until(async () => (await admin.ask('{ breaches { totalCount } }')).breaches.totalCount === 1)
    const address = ['--url', server.address, '--token', admin.token]
    const watch = watching(...address, '--breaches', '--after', eventCursor)
    await until(() => watch.lines().length > 0, 20_000)
    expect(watch.lines().map(line => JSON.parse(line))).toMatchObject([
      { type: 'BREACH_DETECTED', breach: { dutyClause: '2.3.1', liabilityClause: '5.1.1' } },
    ])
    watch.child.kill('SIGINT')
    expect(await watch.code).toBe(0)
  })

  it('says in one sentence what is wrong with a token, and gives up', async () => {
    const world = await World.forTest()
    const error = await run(process.execPath, [cli, 'watch', '--url', world.address, '--token', 'nonsense'], {
      env: { PATH, HOME },
    }).catch((failed: { code: number; stderr: string }) => failed)
    expect(error).toMatchObject({ code: 1 })
    expect(error.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('asks whose events it shall show', async () => {
    const error = await run(process.execPath, [cli, 'watch', '--url', 'http://127.0.0.1:1'], {
      env: { PATH, HOME },
    }).catch((failed: { code: number; stderr: string }) => failed)
    expect(error).toMatchObject({ code: 1, stderr: expect.stringContaining('Say whose events') })
  })
})
