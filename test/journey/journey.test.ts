import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { JOURNEY_TENANT, runJourney, type Setting, type Told } from '../../src/client/index.js'
import { compiled } from '../kit/compiled.js'
import { SuretyProcess } from '../kit/process.js'
import { ISSUER, World } from '../kit/world.js'

const { cli, remove } = compiled()
afterAll(remove)

/** Surety as operators run it, on a database of its own, with a tenant made and tokens printed by its own commands. */
async function setting(told: Told[]): Promise<Setting> {
  const world = await World.forTest()
  const server = await SuretyProcess.start(cli, world)
  onTestFinished(() => server.stop())
  const { PATH = '', HOME = '' } = process.env
  const env = {
    ...{ PATH, HOME, DATABASE_URL: world.appUrl, SURETY_MASTER_KEY: world.masterKey, PUBLIC_URL: ISSUER },
  }
  const surety = async (...command: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [cli, ...command], { env })).stdout.trim()
  await surety('tenant', 'create', JOURNEY_TENANT, '--name', 'Journey Provider Ltd')
  return {
    address: server.address,
    token: options =>
      surety('token', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value].flat())),
    pass: async ms => {
      await world.sqlAsOwner(
        `insert into clock_shift (id, shift) values (1, make_interval(secs => $1))
         on conflict (id) do update set shift = clock_shift.shift + excluded.shift`,
        [ms / 1000],
      )
    },
    tell: each => told.push(each),
  }
}

it('one journey runs through every room, by public interfaces alone', async () => {
  const told: Told[] = []
  await runJourney(await setting(told))
  expect(told.map(each => each.sentence)).toMatchInlineSnapshot(`
    [
      "The provider adds a customer.",
      "It drafts an agreement: a response within 2 hours, a fix within 24.",
      "What a year costs is written down (clause 3.2.1).",
      "The draft offers what a broken service duty costs: the 5 % of clause 5.3.1, once.",
      "Both sides sign, and the agreement is in force (clause 1.3.1).",
      "The customer's user reports a fault from a phone.",
      "The phone sends it again with the same key: it is the same ticket.",
      "One ticket, two clocks, due 2 and 24 hours after receipt to the millisecond (clause 2.3.1).",
      "An integrator reads the breaches there are and subscribes from that cursor on.",
      "An engineer answers in time: the response clock has been met.",
      "The integrator's connection is cut; it comes back and subscribes from its last cursor.",
      "24 hours pass without a fix: the breach reaches the integrator, with its clauses.",
      "And with its price: 5 % of the annual fee, once (clause 5.3.1).",
      "It missed nothing over the cut: the frame before is the one it had last.",
      "Each breach came exactly once by its id, as a poll of the same events shows.",
      "Finance drafts an invoice for the first year from the fee schedule (clause 3.1.1).",
      "It issues it: the invoice gets its number and is owed (clause 3.4.1).",
      "A payment of 100,000.00 is recorded: balance and state follow.",
      "So they do when the rest is.",
      "A backup is owed every day (clause 8.3.1).",
      "The slot begins, and the backup agent's run with it.",
      "It finishes the run and reads the copy back: the slot is kept.",
      "The next night nobody makes one: a breach from absence, on the same stream.",
      "Its slot is MISSED.",
      "Each breach came exactly once by its id, as a poll of the same events shows.",
      "The provider registers a partner's app.",
      "It gets a token at /oauth/token and asks for tickets and invoices: there are none for it.",
      "The customer's signatory authorises it (clause 8.2.1).",
      "Now there are rows. The reporter's name stays closed, and says why: nobody has asked that person.",
      "The person is asked whether the portal may know the name.",
      "On the app's open subscription it is closed as well.",
      "The person consents: the name is there on the next read.",
      "And on the next frame.",
      "The person withdraws: the name is closed on the next read.",
      "And on the next frame of the app's own open subscription.",
    ]
  `)
  const answerOf = (words: string): unknown => told.find(each => each.sentence.includes(words))?.answer
  expect(answerOf('with its clauses')).toMatchObject({
    breach: { dutyClause: '2.3.1', liabilityClause: '5.1.1' },
  })
  expect(answerOf('with its price')).toMatchObject({
    basisAmount: { amount: '240000.00', currency: 'CNY' },
    total: { amount: '12000.00', currency: 'CNY' },
  })
  expect(told.findLast(each => each.sentence.includes('exactly once'))?.answer).toHaveLength(2)
}, 120_000)
