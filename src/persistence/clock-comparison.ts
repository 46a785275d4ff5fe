import type { Logger } from '../platform/log.js'
import { clocksAgree } from './alarm-metrics.js'
import type { Database } from './database.js'
import { ALARM_ROLE } from './walls.js'

/** Past this difference between the process's clocks and the database's, no deadline may be judged (domain.md, Clocks). */
const MAX_DIFFERENCE_MS = 2_000
/** How often the clocks are compared. */
const COMPARE_EVERY_MS = 5_000

/** A worker whose wall, monotonic and database clocks disagree judges nothing, and says so. */
export class ClockComparison {
  readonly #database: Database
  readonly #log: Logger
  #comparedAt = Number.NEGATIVE_INFINITY
  #agree = true
  /** How this process's clocks stood when all three last agreed. */
  #agreedAt: { wall: number; monotonic: number } | null = null
  /** One look for all that ring side by side. */
  #looking: Promise<boolean> | null = null

  constructor(database: Database, log: Logger) {
    this.#database = database
    this.#log = log
  }

  async agree(): Promise<boolean> {
    if (performance.now() - this.#comparedAt < COMPARE_EVERY_MS) return this.#agree
    this.#looking ??= this.#look().finally(() => (this.#looking = null))
    return this.#looking
  }

  async #look(): Promise<boolean> {
    const asked = Date.now()
    const database = await this.#database.acrossTenants(ALARM_ROLE, async query => {
      const { rows } = await query<{ at: Date }>('select clock_timestamp() as at')
      return (rows[0] as { at: Date }).at.getTime()
    })
    const answered = Date.now()
    const monotonic = performance.now()
    const agreed = this.#agreedAt
    const driftOfWall = agreed ? Math.abs(answered - agreed.wall - (monotonic - agreed.monotonic)) : 0
    const behind = database < asked ? asked - database : Math.max(0, database - answered)
    const agree = driftOfWall <= MAX_DIFFERENCE_MS && behind <= MAX_DIFFERENCE_MS
    if (!agree)
      this.#log.error(
        { driftMs: Math.round(driftOfWall), databaseMs: behind },
        'the clocks disagree: no deadline is judged until they agree',
      )
    else if (!this.#agree) this.#log.info('the clocks agree again')
    this.#agree = agree
    clocksAgree.set(agree ? 1 : 0)
    // After a step, as when a clock is put right or a machine has slept, the database alone says whether it's right now.
    this.#agreedAt = agree ? { wall: answered, monotonic } : null
    this.#comparedAt = monotonic
    return agree
  }
}
