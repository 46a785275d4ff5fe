import { buildSchema } from '../../../src/rooms.js'
import type { Attacker } from './attackers.js'
import { Bustle } from './bustle.js'
import { answerOf, Listening } from './frames.js'
import { Hooked, sentAs } from './hooks.js'
import { stockUp } from './lists.js'
import { everythingOf, type Operation, Operations } from './operations.js'
import {
  type Answer,
  answeredFields,
  type Fault,
  judge,
  judgeLog,
  nodesIn,
  readAnswer,
  textsIn,
} from './oracle.js'
import { Random } from './random.js'
import type { Stock } from './stock.js'
import type { CanaryWorld } from './world.js'

/** Something that must not be, and what brought it about. */
export interface Finding extends Fault {
  attacker: string
  /** How many operations were sent before it: `CANARY_RUNS=<this + 1>` with the same seed ends at it. */
  index: number
  document: string
}

/** Follows an attacker's name where a frame is the finding. */
export const LISTENING = ', listening'
/** And where what its endpoint was sent is. */
export const HOOKED = ', by webhook'

export interface FuzzReport {
  seed: number
  operations: number
  seconds: number
  findings: Finding[]
  /** Canaries that each attacker did see, and may. */
  seen: Map<string, number>
  /** Answers by their first error code; `ok` without one. */
  codes: Map<string, number>
  /** Root fields that answered something: a query that wasn't null, a mutation without user errors. */
  answered: Map<string, number>
  /** Frames that each attacker got. */
  frames: Map<string, number>
  /** Webhooks that the endpoint of each attacker who has one was sent. */
  webhooks: Map<string, number>
  /** Fields, arguments and inputs of the schema that no operation asked for. */
  unasked: string[]
}

export interface FuzzOptions {
  seed: number
  runs: number
  /** Those who send; all there are unless it's said. */
  attackers?: readonly Attacker[]
  /** Whether they also listen, while everybody works: frames are judged as answers are. */
  listening?: boolean
  /** What it ends at, past as many other findings as are enough else: chance decides when, so `runs` is far more than it takes. */
  sought?: (fault: Fault) => boolean
  /** What it goes on for once `runs` are over: chance may leave something out that has to be tried. */
  until?: (report: FuzzReport) => boolean
  /** How many operations pass until others do something, and those who listen listen to something else. */
  turnEvery?: number
}

/** As many as keep two cores busy; more would only wait for the pool of ten connections. */
const CONCURRENCY = 10
/** Enough to see a pattern; what comes after is most often the same. */
const MAX_FINDINGS = 5
/** Readers hear FORBIDDEN to every mutation, so most go to those who write. */
const WRITERS_SHARE = 0.85
const GET_SHARE = 0.05
/** Longer addresses are cut by servers on the way. */
const LONGEST_ADDRESS = 6_000
/** How many times `runs` it goes on at most for what is still to come: seldom one in ten more. */
const LONGEST = 5
/** How many operations pass before the log is read again. */
const LOG_EVERY = 100
/** Turns of those who work: as many as make some frames for each operation. */
const TURN_EVERY = 100
/** How many turns until time passes and what wasn't answered is missed: twenty are within the 90 days that events are kept. */
const SWEEP_EVERY = 5

/** Sends random operations of the world's own schema as every attacker, several at once, and judges whatever comes out. */
export async function attack(world: CanaryWorld, options: FuzzOptions): Promise<FuzzReport> {
  const schema = buildSchema()
  const stock = await stockUp(world, schema)
  const operations = new Operations(schema, options.seed, stock)
  // Drawn beside the operations, or these would be others with the speed of the machine.
  const subscriptions = new Operations(schema, options.seed + 2, stock)
  const unasked = (): string[] =>
    everythingOf(schema).filter(each => !operations.asked.has(each) && !subscriptions.asked.has(each))
  const run = new FuzzRun(world, options, { operations, stock, unasked })
  const startedAt = performance.now()
  if (options.listening) await run.listen(subscriptions)
  await Promise.all(Array.from({ length: CONCURRENCY }, () => run.work()))
  if (options.listening) await run.judgeFrames()
  run.readLog()
  run.report.seconds = (performance.now() - startedAt) / 1000
  run.report.unasked = unasked()
  return run.report
}

/** What operations are made of, and what of the schema none has asked for yet. */
interface Sources {
  operations: Operations
  stock: Stock
  unasked: () => string[]
}

class FuzzRun {
  readonly report: FuzzReport
  readonly #world: CanaryWorld
  readonly #operations: Operations
  readonly #stock: Stock
  readonly #unasked: () => string[]
  readonly #runs: number
  readonly #turnEvery: number
  readonly #sought: FuzzOptions['sought']
  readonly #until: FuzzOptions['until']
  readonly #attackers: readonly Attacker[]
  readonly #askers: readonly Attacker[]
  readonly #weights: Readonly<Record<string, number>>
  readonly #random: Random
  readonly #bustle: Bustle
  #listening: Listening | null = null
  #hooked: Hooked | null = null
  #judgesFrames = false
  #logRead: number

  constructor(world: CanaryWorld, options: FuzzOptions, from: Sources) {
    const { seed, runs, attackers = world.attackers } = options
    this.#world = world
    this.#operations = from.operations
    this.#stock = from.stock
    this.#unasked = from.unasked
    this.#runs = runs
    this.#turnEvery = options.turnEvery ?? TURN_EVERY
    this.#sought = options.sought
    this.#until = options.until
    this.#attackers = attackers
    this.#askers = attackers.flatMap(each => Array.from({ length: each.asks ?? 1 }, () => each))
    this.#weights = Object.fromEntries(attackers.map(({ name, writes }) => [name, writes]))
    this.#random = new Random(seed + 1)
    this.#bustle = new Bustle(world, seed + 3)
    this.#logRead = world.world.logged.length
    const counts = {
      seen: new Map(),
      codes: new Map(),
      answered: new Map(),
      frames: new Map(),
      webhooks: new Map(),
    }
    this.report = { seed, operations: 0, seconds: 0, findings: [], unasked: [], ...counts }
  }

  async work(): Promise<void> {
    const { report } = this
    while (!this.#isEnough() && (report.operations < this.#runs || this.#lacks())) {
      const index = report.operations++
      const operation = this.#operations.next()
      const attacker = this.#attackerFor(operation)
      this.#hear(operation)
      const answer = await this.#send(operation, attacker)
      const { faults, seen } = judge(this.#world, attacker, answer)
      count(report.seen, attacker.name, seen)
      count(report.codes, answer.body?.errors?.[0]?.extensions?.code ?? 'ok')
      for (const field of answeredFields(answer.body?.data)) count(report.answered, field)
      const { query, variables } = operation
      const document = `${query}\n${JSON.stringify(variables)}\n${answer.text.slice(0, 2_000)}`
      this.#find(faults, { attacker: attacker.name, index, document })
      this.#learn(answer.body?.data)
      if (index % LOG_EVERY === 0) this.readLog()
      if (this.#listening) await this.#goOn(this.#listening, index)
    }
  }

  #isEnough(): boolean {
    const { findings } = this.report
    if (this.#sought) return findings.some(this.#sought)
    return findings.filter(({ what }) => what !== 'INTERNAL').length >= MAX_FINDINGS
  }

  #lacks(): boolean {
    if (!this.#until || this.report.operations >= LONGEST * this.#runs) return false
    this.report.unasked = this.#unasked()
    this.#countFrames()
    return !this.#until(this.report)
  }

  /** So far: they are judged when all have come. */
  #countFrames(): void {
    this.report.frames.clear()
    for (const { attacker } of this.#listening?.frames ?? []) count(this.report.frames, attacker.name)
  }

  async listen(subscriptions: Operations): Promise<void> {
    this.#listening = new Listening(this.#world, this.#attackers, subscriptions, operation =>
      this.#hear(operation),
    )
    this.#listening.turn()
    this.#hooked = await Hooked.begin(this.#world, this.#attackers)
  }

  /** When all has come: an id may come in a frame before it's known whose it is. */
  async judgeFrames(): Promise<void> {
    const listening = this.#listening as Listening
    await this.#bustle.sweep()
    await listening.settle()
    await this.#world.world.deliverWebhooks()
    await this.#world.keepNewIds()
    this.#judgesFrames = true
    this.report.frames.clear()
    for (const frame of listening.frames) {
      const { attacker, document } = frame
      const { faults, seen } = judge(this.#world, attacker, answerOf(frame))
      count(this.report.seen, attacker.name, seen)
      count(this.report.frames, attacker.name)
      const index = this.report.operations
      this.#find(faults, {
        attacker: `${attacker.name}${LISTENING}`,
        index,
        document: `${document}\n${frame.text}`,
      })
    }
    await listening.close()
    this.#judgeWebhooks()
    await this.#hooked?.close()
  }

  #judgeWebhooks(): void {
    for (const delivered of this.#hooked?.arrivals ?? []) {
      const { attacker, text } = delivered
      const { faults, seen } = judge(this.#world, attacker, sentAs(delivered))
      count(this.report.seen, attacker.name, seen)
      count(this.report.webhooks, attacker.name)
      const index = this.report.operations
      this.#find(faults, { attacker: `${attacker.name}${HOOKED}`, index, document: text })
    }
  }

  /** The world doesn't stand still meanwhile. */
  async #goOn(listening: Listening, index: number): Promise<void> {
    const turn = index / this.#turnEvery
    if (!Number.isInteger(turn)) return
    if (turn > 0) listening.turn()
    await this.#bustle.turn()
    if (turn % SWEEP_EVERY === SWEEP_EVERY - 1) await this.#bustle.sweep()
  }

  #hear(operation: Operation): void {
    for (const text of operation.spoken) this.#world.spoken.add(text)
  }

  readLog(): void {
    const { logged } = this.#world.world
    const lines = logged.slice(this.#logRead)
    this.#logRead = logged.length
    const index = this.report.operations
    for (const line of lines) this.#find(judgeLog(this.#world, line), { attacker: '', index, document: line })
  }

  /** What was made is worked on by what comes next. Canaries are in stock as they are. */
  #learn(data: unknown): void {
    const { book } = this.#world
    for (const { __typename, id } of nodesIn(data)) if (!book.has(id)) this.#stock.learn(__typename, id)
    for (const { name, text, ids } of textsIn(data))
      if (!book.has(text)) this.#stock.learnText(name, text, ids)
  }

  #find(faults: readonly Fault[], circumstances: Omit<Finding, keyof Fault>): void {
    const { findings } = this.report
    // Frames come last, and have room of their own.
    const most = this.#judgesFrames ? 2 * MAX_FINDINGS : MAX_FINDINGS
    // As many of each kind: crashes must not leave a leak unseen.
    for (const fault of faults)
      if (this.#sought?.(fault) || findings.filter(({ what }) => what === fault.what).length < most)
        findings.push({ ...fault, ...circumstances })
  }

  #attackerFor(operation: Operation): Attacker {
    const [writing, anyone] = [this.#random.chance(WRITERS_SHARE), this.#random.pick(this.#askers)]
    const writer = this.#random.weighted(this.#weights)
    const isChange = operation.kind === 'mutation' && writing
    return this.#attackers.find(({ name, writes }) => isChange && name === writer && writes > 0) ?? anyone
  }

  async #send({ kind, query, variables }: Operation, attacker: Attacker): Promise<Answer> {
    const [byGet, language] = [this.#random.chance(GET_SHARE), this.#random.pick(['en', 'zh-CN', '*'])]
    const headers = { authorization: `Bearer ${attacker.token}`, 'accept-language': language }
    const endpoint = `${this.#world.world.address}/graphql`
    const address = `${endpoint}?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`
    const response =
      byGet && kind === 'query' && address.length < LONGEST_ADDRESS
        ? await fetch(address, { headers })
        : await fetch(endpoint, {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify({ query, variables }),
          })
    return readAnswer(response.status, response.headers, await response.text())
  }
}

function count(counts: Map<string, number>, what: string, times = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + times)
}

/** What a person needs to see it again. */
export function printFinding(seed: number, finding: Finding): string {
  const { what, attacker, index, detail, document } = finding
  return `${what}: ${detail}\nas ${attacker}, again by CANARY_SEED=${seed} CANARY_RUNS=${index + 1}\n${document}`
}

/** One line for the record, whether something was found or not. */
export function printReport({
  seed,
  operations,
  seconds,
  seen,
  codes,
  frames,
  webhooks,
}: FuzzReport): string {
  const shown = [...seen.values()].reduce((sum, each) => sum + each, 0)
  const heard = [...frames.values()].reduce((sum, each) => sum + each, 0)
  const sent = [...webhooks.values()].reduce((sum, each) => sum + each, 0)
  const answers = [...codes].map(([code, times]) => `${times} ${code}`).join(', ')
  return `canary fuzz: CANARY_SEED=${seed}, ${operations} operations in ${seconds.toFixed(1)} s, ${shown} canaries where they may be seen, ${heard} frames, ${sent} webhooks; ${answers}`
}
